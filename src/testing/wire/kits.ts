import { chatClient } from "./chat/client.ts";
import { chatVendor } from "./chat/vendor.ts";
import { dashscopeClient } from "./dashscope/client.ts";
import { dashscopeVendor } from "./dashscope/vendor.ts";
import { geminiClient } from "./gemini/client.ts";
import { geminiVendor } from "./gemini/vendor.ts";
import type { Kit } from "./kit.ts";
import { messagesClient } from "./messages/client.ts";
import { messagesVendor } from "./messages/vendor.ts";
import { responsesClient } from "./responses/client.ts";
import { responsesVendor } from "./responses/vendor.ts";

/** One per dialect that Sahab speaks, or will. */
export const kits: readonly Kit[] = [
  { name: "openai-chat", api: "chat", client: chatClient, vendor: chatVendor },
  { name: "anthropic-messages", api: "messages", client: messagesClient, vendor: messagesVendor },
  { name: "openai-responses", api: "responses", client: responsesClient, vendor: responsesVendor },
  { name: "gemini", api: "gemini", client: geminiClient, vendor: geminiVendor },
  { name: "dashscope", api: "dashscope", betweenTexts: "\n", client: dashscopeClient, vendor: dashscopeVendor },
];
