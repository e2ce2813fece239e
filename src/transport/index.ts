export type { DialPhase } from "./dial.ts";
export { resolveBySystem, type Resolve } from "./address-book.ts";
export { chooseProxy, isListed } from "./choose-proxy.ts";
export { decompress } from "./decompress.ts";
export type { HttpAnswer, Piece, PieceFollower } from "./http-answer.ts";
export { ConnectionClosed, type RequestBody } from "./http-connection.ts";
export { HttpPool } from "./http-pool.ts";
export { openCheckedAddress, postToCheckedAddress } from "./open-checked-address.ts";
export type { TlsSettings } from "./tls-settings.ts";
