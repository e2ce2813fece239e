import { expect, test } from "bun:test";
import { SahabError } from "../base/errors.ts";
import { anthropicMessages } from "./anthropic-messages/index.ts";
import { openaiChat } from "./openai-chat/index.ts";

const headers = { get: () => null };
const malformed = ['"\\u00"', '"\\u00\\x"', '"a\\u0041\n"'];

test("a malformed string among tools is a fault of the body, and not of ours", () => {
  for (const text of malformed)
    for (const tool of [`{${text}:1}`, `{"type":${text}}`, `{"Type":${text},"x":[]}`])
      for (const [dialect, path] of [
        [openaiChat, "/v1/chat/completions"],
        [anthropicMessages, "/v1/messages"],
      ] as const) {
        const body = Buffer.from(`{"model":"m","max_tokens":1,"messages":[{}],"tools":[${tool}]}`);
        let thrown: unknown;
        try {
          dialect.open({ operation: "chat", path, headers, body });
        } catch (error) {
          thrown = error;
        }
        expect({ tool, thrown, isOurs: thrown instanceof SahabError }).toMatchObject({
          tool,
          thrown: { code: "invalid_json", message: expect.stringContaining("tools") as string },
          isOurs: true,
        });
      }
});
