import type { ChatRequest } from "./chat.ts";

/** All of a chat request that asks for nothing special but the model and the messages. */
export const plainChat: Omit<ChatRequest, "dialect" | "model" | "messages"> = {
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
