export { Attempt } from "./attempt.ts";
export { callProvider } from "./call-provider.ts";
export { readWhole, type HttpAnswer } from "./http-answer.ts";
export { hideSecrets, openProvider, type Provider } from "./provider.ts";
export type { Operation } from "./vendor.ts";
