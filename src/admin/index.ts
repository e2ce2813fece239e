export { createAdmin } from "./admin.ts";
export { applyConfig } from "./update-config.ts";
