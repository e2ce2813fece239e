import { expect } from "bun:test";
import { ask } from "../ask.ts";
import type { Asked } from "../asked.ts";
import type { Feature } from "../features.ts";
import type { Kit } from "../kit.ts";
import type { Got } from "../said.ts";
import { models, type LocalStage } from "./stage.ts";

interface Expected {
  status: number;
  code: string;
  /** What each dialect calls it. */
  types: Record<string, string>;
}

/** An engine's trouble in place of a vendor's, each in the client's own form. */
const expected: Record<string, Expected> = {
  // The prompt is longer than the model's context.
  "error 400": {
    status: 400,
    code: "context_length_exceeded",
    types: {
      "openai-chat": "invalid_request_error",
      "openai-responses": "invalid_request_error",
      "anthropic-messages": "invalid_request_error",
      gemini: "INVALID_ARGUMENT",
      dashscope: "InvalidParameter",
    },
  },
  // The key is Sahab's.
  "error 401": {
    status: 401,
    code: "invalid_api_key",
    types: {
      "openai-chat": "authentication_error",
      "openai-responses": "authentication_error",
      "anthropic-messages": "authentication_error",
      gemini: "UNAUTHENTICATED",
      dashscope: "InvalidApiKey",
    },
  },
  // The engine ended.
  "error 500": { status: 502, code: "engine_crashed", types: {} },
  // Its queue is full.
  "error 529": {
    status: 503,
    code: "overloaded",
    types: {
      "openai-chat": "server_error",
      "openai-responses": "server_error",
      "anthropic-messages": "overloaded_error",
      gemini: "UNAVAILABLE",
      dashscope: "ServiceUnavailable",
    },
  },
};

export async function checkLocalError(client: Kit, feature: Feature, stage: LocalStage): Promise<void> {
  if (feature.name === "cut between events") {
    checkCut((await stage.end).cut.get(client));
    return;
  }
  for (const got of await heard(client, feature, stage)) {
    const { status, code, types } = expected[feature.name] ?? { status: 0, code: "", types: {} };
    const isOverloaded = code === "overloaded" && client.name === "anthropic-messages";
    expect({ status: got.status, error: got.error }).toEqual({
      status: isOverloaded ? 529 : status,
      error: { code, type: types[client.name] ?? expect.any(String), message: expect.any(String) },
    });
    expect(got.isWhole).toBe(false);
  }
}

async function heard(client: Kit, { name }: Feature, stage: LocalStage): Promise<Got[]> {
  if (name === "error 500") return [await stage.end].flatMap(({ ended }) => ended.get(client) ?? []);
  if (name === "error 529") return (await stage.end).full.get(client) ?? [];
  const key = name === "error 401" ? "sk-sahab-of-nobody" : stage.key;
  const text = name === "error 400" ? "What of clouds? ".repeat(4_000) : "What of clouds?";
  const asked = (stream: boolean): Asked => ({
    model: models.scripted,
    stream,
    turns: [{ role: "user", parts: [{ type: "text", text }] }],
    tools: [],
    stop: [],
    maxTokens: 9,
  });
  return [await ask(client, asked(false), { ...stage, key }), await ask(client, asked(true), { ...stage, key })];
}

/** Something has come, and nothing says that it is all. */
function checkCut(got: Got | undefined): void {
  expect({ status: got?.status, isWhole: got?.isWhole, stop: got?.said.stop }).toEqual({
    status: 200,
    isWhole: false,
    stop: "none",
  });
  expect(got?.said.text).toStartWith("On and on and so on. ");
  expect(got?.error?.message).toBeTruthy();
}
