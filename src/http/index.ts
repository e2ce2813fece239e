export type { ServerTls } from "./accept-tls.ts";
export { answerByFetch } from "./fetch-handler.ts";
export type { BodySink, HttpRequest, RequestWatcher } from "./http-request.ts";
export { listenHttp, type HttpServer, type HttpServerLimits } from "./http-server.ts";
export { headerLine, joinHeaders, noHeaders, type HeaderLines } from "./header-lines.ts";
export { explainKeyFault, presentedKey } from "./presented-key.ts";
export { ChunkFrame, manyChunks } from "./chunk-frame.ts";
export { fieldName, fieldText, HeaderFields } from "./header-fields.ts";
export { findHeadEnd, headBytes } from "./find-head-end.ts";
