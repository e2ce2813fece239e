export type * from "./chat.ts";
export type * from "./completion.ts";
export type * from "./embedding.ts";
export { noUsage, type Usage } from "./usage.ts";
