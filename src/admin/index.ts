export { createAdmin } from "./admin.ts";
export type { RotatedAdminKey } from "./key-routes.ts";
export { applyConfig } from "./apply-config.ts";
