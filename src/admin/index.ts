export { createAdmin } from "./admin.ts";
export type { Change } from "./diff.ts";
export { applyConfig } from "./update-config.ts";
