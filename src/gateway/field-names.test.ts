import { afterAll, beforeAll, expect, test } from "bun:test";
import { geminiText } from "../testing/fake-gemini.ts";
import { startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// Errors name the field at fault as the client has written it, whatever dialect the other side speaks.

let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;

beforeAll(async () => {
  vendor = startFakeVendor({ google: geminiText(["a cloud"]) });
  sahab = await runSahab({
    config: {
      providers: [
        {
          name: "google",
          vendor: "google",
          base_url: `http://127.0.0.1:${vendor.port}`,
          api_key: "k",
          apis: ["gemini"],
        },
      ],
      models: [
        {
          name: "google",
          targets: [{ provider: "google", model: "google" }],
          price: { currency: "USD", input: 1, output: 1 },
        },
        { name: "nano", local: { file: "nano.gguf" } },
      ],
      projects: [{ name: "default" }],
    },
  });
  ({ key } = await sahab.createKey());
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const url = "http://169.254.169.254/latest";
const long = "word ".repeat(40_000);
const dashscope = "/api/v1/services/aigc/text-generation/generation";
const dashscopeEmbedding = "/api/v1/services/embeddings/text-embedding/text-embedding";
const user = (content: unknown) => [{ role: "user", content }];
const images = {
  chat: { type: "image_url", image_url: { url } },
  messages: { type: "image", source: { type: "url", url } },
  responses: { type: "input_image", image_url: url },
};

const asked: [string, string, string, object][] = [
  ["messages[0].content[0]", "google", "/v1/chat/completions", { messages: user([images.chat]) }],
  ["messages[].content[]", "google", "/v1/messages", { max_tokens: 5, messages: user([images.messages]) }],
  ["input[].content[]", "google", "/v1/responses", { input: user([images.responses]) }],
  [
    "input.messages[0].content[0]",
    "google",
    dashscope.replace("text-", "multimodal-"),
    { input: { messages: user([{ image: url }]) } },
  ],
  ["messages", "nano", "/v1/chat/completions", { messages: user(long) }],
  ["messages", "nano", "/v1/messages", { max_tokens: 5, messages: user(long) }],
  ["input", "nano", "/v1/responses", { input: long }],
  ["contents", "nano", "/v1beta/models/nano:generateContent", { contents: [{ parts: [{ text: long }] }] }],
  ["input.messages", "nano", dashscope, { input: { messages: user(long) } }],
  ["input[1]", "nano", "/v1/embeddings", { input: ["a", ""] }],
  ["input.texts[1]", "nano", dashscopeEmbedding, { input: { texts: ["a", ""] } }],
  ["content", "nano", "/v1beta/models/nano:embedContent", { content: { parts: [{ text: "" }] } }],
  [
    "requests[1].content",
    "nano",
    "/v1beta/models/nano:batchEmbedContents",
    { requests: ["a", ""].map((text) => ({ content: { parts: [{ text }] } })) },
  ],
  ["dimensions", "nano", "/v1/embeddings", { input: "a", dimensions: 60_000 }],
  ["parameters.dimension", "nano", dashscopeEmbedding, { input: { texts: ["a"] }, parameters: { dimension: 60_000 } }],
  [
    "outputDimensionality",
    "nano",
    "/v1beta/models/nano:embedContent",
    { content: { parts: [{ text: "a" }] }, outputDimensionality: 60_000 },
  ],
];

test.each(asked)("%s of %s at %s", async (field, model, path, body) => {
  const answer = await sahab.call(path, { model, ...body }, { key });
  const text = await answer.text();
  expect([answer.status, text]).toEqual([400, expect.stringContaining(`"${field}"`)]);
  expect(vendor.calls).toEqual([]);
});

test("a string that cannot be read, in tools that may be hosted ones", async () => {
  const tools = String.raw`[{"type":"mcp","\q":1}]`;
  const ask = async (path: string, body: string) =>
    (
      await fetch(`${sahab.address}${path}`, { method: "POST", headers: { authorization: `Bearer ${key}` }, body })
    ).text();
  expect(
    await ask("/v1/chat/completions", `{"model":"google","messages":[{"role":"user","content":"a"}],"tools":${tools}}`),
  ).toContain('"tools"');
  expect(
    await ask(
      dashscope,
      `{"model":"google","input":{"messages":[{"role":"user","content":"a"}]},"parameters":{"tools":${tools}}}`,
    ),
  ).toContain('"parameters.tools"');
});
