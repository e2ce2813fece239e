export { decompress } from "./decompress.ts";
export { fetchAnswer } from "./fetch-answer.ts";
export type { HttpAnswer } from "./http-answer.ts";
export { ConnectionClosed } from "./http-connection.ts";
export { HttpPool } from "./http-pool.ts";
export { Reachable } from "./reachable.ts";
