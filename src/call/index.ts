export { eventBatch, factsOf, wholeAnswer } from "./answer.ts";
export type { Answer, AnswerEvent, Batch, Facts, NeutralRequest, OutgoingCall, Upstream, WireBody } from "./answer.ts";
export { Attempt } from "./attempt.ts";
export type * from "./chat.ts";
export type * from "./completion.ts";
export type * from "./embedding.ts";
export { estimateTokens } from "./estimate-tokens.ts";
export type { Operation } from "./operation.ts";
export { noUsage, type Usage } from "./usage.ts";
