import { assert } from "../base/assert.ts";
import { plainChat, type ChatRequest } from "../call/index.ts";
import type { OpenedRequest } from "../dialect/dialect.ts";

/** No dialect has this name, so that the call is encoded with all that is known of the vendor. */
export const testDialect = "sahab";

/** Asks a model for so little of an answer as it gives. */
export function createTestCall(model: string, maxOutputTokens: number): OpenedRequest {
  const request: ChatRequest = {
    dialect: testDialect,
    model,
    messages: [{ role: "user", content: [{ type: "text", text: prompt }] }],
    ...plainChat,
    maxOutputTokens,
  };
  return {
    operation: "chat",
    dialect: testDialect,
    model,
    stream: false,
    choiceCount: 1,
    offersTools: false,
    promptBytes: prompt.length,
    decode: () => ({ operation: "chat", request }),
    rewrite() {
      assert(false, "no vendor speaks the dialect of a test");
    },
    writer() {
      assert(false, "nobody reads the answer to a test");
    },
  };
}

const prompt = "Hi";
