import { anthropicMessages } from "./anthropic-messages/index.ts";
import { dashscope } from "./dashscope/index.ts";
import type { Dialect } from "./dialect.ts";
import { gemini } from "./gemini/index.ts";
import { openaiChat } from "./openai-chat/index.ts";
import { openaiResponses } from "./openai-responses/index.ts";

/** Every dialect that Sahab speaks. Where two share a path, the first one that accepts the request has it. */
export const dialects: readonly Dialect[] = [anthropicMessages, gemini, openaiChat, openaiResponses, dashscope];
