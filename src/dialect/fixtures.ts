import { plainChat, type ChatRequest } from "../call/index.ts";

/** A request that asks for nothing but an answer to `Hi`. */
export const plainRequest: ChatRequest = {
  dialect: "openai-chat",
  model: "m",
  messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
  ...plainChat,
};
