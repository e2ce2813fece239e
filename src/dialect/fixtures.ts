import type { ChatRequest } from "../call/index.ts";

/** A request that asks for nothing but an answer to `Hi`. */
export const plainRequest: ChatRequest = {
  dialect: "openai-chat",
  model: "m",
  messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
  tools: [],
  hostedTools: [],
  toolChoice: { type: "auto" },
  parallelToolCalls: true,
  responseFormat: { type: "text" },
  reasoning: {},
  sampling: {},
  maxOutputTokens: undefined,
  stop: [],
  choiceCount: 1,
  topLogprobs: undefined,
  stream: false,
  streamUsage: false,
  extensions: {},
};
