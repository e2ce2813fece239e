import { expect } from "bun:test";
import { ask } from "./ask.ts";
import type { Asked } from "./asked.ts";
import type { Kit } from "./kit.ts";

/** Requests that Sahab itself refuses. */
export const ownErrors = ["a wrong key", "an unknown model", "nothing asked"] as const;

/** What a client's SDK makes its error of: the dialect's own name for each kind. */
const types: Record<string, Record<(typeof ownErrors)[number], string>> = {
  "openai-chat": {
    "a wrong key": "authentication_error",
    "an unknown model": "invalid_request_error",
    "nothing asked": "invalid_request_error",
  },
  "openai-responses": {
    "a wrong key": "authentication_error",
    "an unknown model": "invalid_request_error",
    "nothing asked": "invalid_request_error",
  },
  "anthropic-messages": {
    "a wrong key": "authentication_error",
    "an unknown model": "not_found_error",
    "nothing asked": "invalid_request_error",
  },
  gemini: {
    "a wrong key": "UNAUTHENTICATED",
    "an unknown model": "NOT_FOUND",
    "nothing asked": "INVALID_ARGUMENT",
  },
  dashscope: {
    "a wrong key": "InvalidApiKey",
    "an unknown model": "ModelNotFound",
    "nothing asked": "InvalidParameter",
  },
};

/** In the client's own shape, whole and where a stream was asked for: an SDK must be able to read it. */
export async function checkOwnError(
  client: Kit,
  kind: (typeof ownErrors)[number],
  model: string,
  { address, key }: { address: string; key: string },
): Promise<void> {
  for (const stream of [false, true]) {
    const asked: Asked = {
      model: kind === "an unknown model" ? "no-such-model" : model,
      stream,
      turns: kind === "nothing asked" ? [] : [{ role: "user", parts: [{ type: "text", text: "Hello" }] }],
      tools: [],
      stop: [],
      maxTokens: 9,
    };
    const got = await ask(client, asked, { address, key: kind === "a wrong key" ? "sk-sahab-of-nobody" : key });
    expect({ status: got.status, type: got.error?.type }).toEqual({
      status: { "a wrong key": 401, "an unknown model": 404, "nothing asked": 400 }[kind],
      type: types[client.name]?.[kind],
    });
  }
}
