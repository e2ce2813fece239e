export { createAdmin } from "./admin.ts";
export type { RotatedAdminKey } from "./key-routes.ts";
export { applyConfig } from "./update-config.ts";
