import { expect, test } from "bun:test";
import { anthropicMessages } from "../dialect/anthropic-messages/index.ts";
import { gemini } from "../dialect/gemini/index.ts";
import { dashscope } from "../dialect/dashscope/index.ts";
import { openaiChat } from "../dialect/openai-chat/index.ts";
import { Provider, type ProviderOptions } from "./provider.ts";

const provider = (timeouts: ProviderOptions["timeouts"]) =>
  new Provider({ name: "p", vendor: "compatible", base_url: "http://127.0.0.1:1/v1", timeouts }, [openaiChat]);

test("the first text may take 30 s with another target, ten minutes without, and an hour where the model thinks in silence", () => {
  const own = provider(undefined);
  expect(own.firstTextMs("qwen-plus", true)).toBe(30_000);
  expect(own.firstTextMs("qwen-plus", false)).toBe(600_000);
  for (const model of ["o3", "o4-mini", "gpt-5.1", "openai/gpt-5", "grok-4-0709"])
    expect(own.firstTextMs(model, true)).toBe(3_600_000);
  for (const model of ["gpt-4o", "solo3", "my-gpt-5"]) expect(own.firstTextMs(model, true)).toBe(30_000);
});

test("what the configuration says holds for all; it says nothing about answers that are not streamed", () => {
  for (const timeouts of [{ first_text_ms: 7 }, { first_byte_ms: 7 }]) {
    const own = provider(timeouts);
    expect([own.firstTextMs("m", true), own.firstTextMs("m", false), own.firstTextMs("o3", true)]).toEqual([7, 7, 7]);
    expect(own.timeouts.wholeMs).toBe(600_000);
  }
});

test("DeepSeek has its Messages API below a path of its own", () => {
  const deepseek = new Provider({ name: "p", vendor: "deepseek", api_key: "key" }, [openaiChat, anthropicMessages]);
  const found = [openaiChat, anthropicMessages].map((dialect) => {
    const endpoint = deepseek.endpoint(dialect, "chat", { model: "deepseek-flash", stream: false });
    return [endpoint?.url.href, endpoint?.headers["authorization"], endpoint?.headers["x-api-key"]];
  });
  expect(found).toEqual([
    ["https://api.deepseek.com/chat/completions", "Bearer key", undefined],
    ["https://api.deepseek.com/anthropic/v1/messages", undefined, "key"],
  ]);
});

test("Google has its own API below a version, and OpenAI's below that, whatever version the address has", () => {
  const google = "https://generativelanguage.googleapis.com";
  for (const base_url of [undefined, google, `${google}/`, `${google}/v1beta`, `${google}/v1beta/openai`]) {
    const provider = new Provider({ name: "p", vendor: "google", api_key: "key", base_url }, [gemini, openaiChat]);
    const found = [gemini, openaiChat].map((dialect) => {
      const endpoint = provider.endpoint(dialect, "chat", { model: "gemini-2.5-flash", stream: true });
      return [endpoint?.url.href, endpoint?.headers["authorization"], endpoint?.headers["x-goog-api-key"]];
    });
    expect(found).toEqual([
      [`${google}/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse`, undefined, "key"],
      [`${google}/v1beta/openai/chat/completions`, "Bearer key", undefined],
    ]);
    expect(provider.firstTextMs("gemini-3-pro-preview", true)).toBe(3_600_000);
    expect(provider.firstTextMs("gemini-2.5-flash", true)).toBe(30_000);
  }
});

test.each([
  undefined,
  "https://dashscope.aliyuncs.com",
  "https://dashscope.aliyuncs.com/compatible-mode/v1",
  "https://dashscope.aliyuncs.com/api/v1",
  "https://dashscope.aliyuncs.com/apps/anthropic",
])("Model Studio's three formats are below one host, given as %s", (base_url) => {
  const options = { name: "p", vendor: "alibaba", base_url, api_key: "key" } as const;
  const alibaba = new Provider(options, [openaiChat, anthropicMessages, dashscope]);
  const found = [openaiChat, anthropicMessages, dashscope].map(
    (dialect) => alibaba.endpoint(dialect, "chat", { model: "qwen-plus", stream: false })?.url.href,
  );
  expect(found).toEqual([
    "https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions",
    "https://dashscope.aliyuncs.com/apps/anthropic/v1/messages",
    "https://dashscope.aliyuncs.com/api/v1/services/aigc/text-generation/generation",
  ]);
});

test("another Sahab is a native vendor, too, and no version is doubled", () => {
  const base_url = "http://127.0.0.1:8787/api/v1";
  const sahab = new Provider({ name: "p", vendor: "compatible", base_url, apis: ["dashscope"] }, [dashscope]);
  expect(sahab.endpoint(dashscope, "embedding", { model: "m", stream: false })?.url.pathname).toBe(
    "/api/v1/services/embeddings/text-embedding/text-embedding",
  );
});

test.each([
  [undefined, "https://ark.cn-beijing.volces.com/api/v3/chat/completions"],
  ["https://ark.cn-beijing.volces.com/", "https://ark.cn-beijing.volces.com/api/v3/chat/completions"],
  ["https://ark.cn-beijing.volces.com/api/v3/bots", "https://ark.cn-beijing.volces.com/api/v3/bots/chat/completions"],
])("Ark, given as %s", (base_url, url) => {
  const ark = new Provider({ name: "p", vendor: "bytedance", base_url, api_key: "key" }, [openaiChat]);
  expect(ark.endpoint(openaiChat, "chat", { model: "ep-1", stream: false })?.url.href).toBe(url);
});
