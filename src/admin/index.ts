export { createAdmin } from "./admin.ts";
export type { RotatedAdminKey } from "./key-routes.ts";
export { applyConfig } from "./apply-config.ts";
export { createAdmit, type Admit } from "./access.ts";
export { isSignIn } from "./session-routes.ts";
