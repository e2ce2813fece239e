export { answerByFetch } from "./fetch-handler.ts";
export type { BodySink, HttpRequest } from "./http-request.ts";
export { listenHttp, type HttpServer } from "./http-server.ts";
