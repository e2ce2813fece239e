export { createAdmin } from "./admin.ts";
export type { RotatedAdminKey } from "./key-routes.ts";
export { applyConfig } from "./apply-config.ts";
export { keyStatusOf } from "./encode.ts";
export type { Health } from "./health-routes.ts";
export { servedProviders } from "./provider-routes.ts";
export { Pulls } from "./pulls.ts";
export type { PullView } from "./pull-schemas.ts";
