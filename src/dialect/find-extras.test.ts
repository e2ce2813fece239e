import { expect, test } from "bun:test";
import { must } from "../base/assert.ts";
import { findExtras } from "./find-extras.ts";
import { peekCount } from "./json-scan.ts";
import { openBody } from "./open-body.ts";
import { dialects } from "./registry.ts";

const extrasOf = (body: object) => findExtras(openBody(Buffer.from(JSON.stringify(body))));

test.each([
  [{ service_tier: "priority" }, "priority"],
  [{ service_tier: "Flex" }, "flex"],
  [{ serviceTier: "priority" }, "priority"],
  [{ speed: "fast" }, "fast"],
  [{ service_tier: "auto", speed: "fast" }, "fast"],
  [{ service_tier: "standard_only" }, undefined],
  [{ service_tier: null }, undefined],
  [{ service_tier: ["priority"] }, undefined],
  [{}, undefined],
])("the service tier of %j is %p", (body, tier) => {
  expect(extrasOf(body).serviceTier).toBe(tier);
});

const search = { web_search: 10, source: 10 };

test.each([
  [{ tools: [{ type: "web_search_20250305", name: "web_search", max_uses: 3 }] }, { web_search: 3, source: 3 }],
  [{ tools: [{ type: "web_search" }, { type: "function", name: "f" }] }, search],
  [
    { tools: [{ type: "web_search" }, { type: "x_search" }], max_tool_calls: 2 },
    { web_search: 2, source: 2, x_search: 2 },
  ],
  [{ tools: [{ googleSearch: {} }] }, { web_search: 10, grounded_prompt: 10 }],
  [{ tools: { google_search: {} } }, { web_search: 10, grounded_prompt: 10 }],
  [{ web_search_options: {} }, search],
  [{ enable_search: true }, search],
  [{ enable_search: false }, undefined],
  [{ tools: [{ type: "function", function: { name: "web_search" } }] }, undefined],
  [{ tools: [{ name: "file_search", input_schema: { type: "object" } }] }, undefined],
  [{ tools: [] }, undefined],
])("the vendor's tools of %j may be called %j times", (body, uses) => {
  expect(extrasOf(body).toolUses).toEqual(uses);
});

test("DashScope's clients ask for a search in their parameters", () => {
  const dashscope = must(
    dialects.find(({ name }) => name === "dashscope"),
    "there is such a dialect",
  );
  const extrasWith = (parameters: object) => {
    const body = { model: "m", input: { messages: [{ role: "user", content: "Hi" }] }, parameters };
    const call = dashscope.open({
      operation: "chat",
      path: "/api/v1/services/aigc/text-generation/generation",
      headers: new Headers(),
      body: Buffer.from(JSON.stringify(body)),
    });
    return call.extras?.().toolUses;
  };
  expect(extrasWith({ enable_search: true })).toEqual(search);
  expect(extrasWith({ tools: [{ type: "code_interpreter" }] })).toEqual({ code_interpreter: 10 });
  expect(extrasWith({})).toBeUndefined();
});

const address = "https://example.com/a.png";
const user = (...content: object[]) => [{ role: "user", content }];

test.each<[string, object, { pictures: number; files: number } | undefined]>([
  [
    "a picture in a chat",
    { messages: user({ type: "image_url", image_url: { detail: "high", url: address } }) },
    { pictures: 1, files: 0 },
  ],
  [
    "data of a picture",
    { messages: user({ type: "image_url", image_url: { url: "data:image/png;base64,AA" } }) },
    undefined,
  ],
  [
    "a film in a chat",
    { messages: user({ type: "video_url", video_url: { url: address } }) },
    { pictures: 0, files: 1 },
  ],
  [
    "pictures for Responses",
    { input: user({ type: "input_image", image_url: address }, { type: "input_image", file_id: "file-1" }) },
    { pictures: 1, files: 1 },
  ],
  ["a file for Responses", { input: user({ type: "input_file", file_url: address }) }, { pictures: 0, files: 1 }],
  [
    "a picture and a document for Messages",
    {
      messages: user(
        { type: "image", source: { type: "url", url: address } },
        { type: "document", source: { url: address, type: "url" } },
      ),
    },
    { pictures: 1, files: 1 },
  ],
  [
    "a file for Gemini",
    { contents: [{ parts: [{ fileData: { fileUri: "gs://a/b.pdf" } }] }] },
    { pictures: 0, files: 1 },
  ],
  [
    "pictures for DashScope",
    { input: { messages: user({ image: address }, { video: address }) } },
    { pictures: 1, files: 1 },
  ],
  ["a link in a text", { messages: user({ type: "text", text: address }) }, undefined],
  [
    "JSON in a text",
    { messages: user({ type: "text", text: JSON.stringify({ image_url: address, file_id: "x" }) }) },
    undefined,
  ],
  [
    "an argument of a tool",
    {
      messages: [
        { role: "assistant", content: [{ type: "tool_use", id: "t", name: "fetch", input: { url: address } }] },
      ],
    },
    undefined,
  ],
  [
    "a schema",
    { messages: user({ type: "text", text: "Hi" }), tools: [{ input_schema: { $schema: address } }] },
    undefined,
  ],
])("what is named by its address: %s", (_, body, named) => {
  expect(extrasOf(body).named).toEqual(named);
  const spaced = findExtras(openBody(Buffer.from(JSON.stringify(body, undefined, 1))));
  expect(spaced.named).toEqual(named);
});

test.each([
  ["100", 100],
  ["1e5", 100_000],
  ["100.0", 100],
  ["1000000000", 1_000_000_000],
  ["1e10", undefined],
  ["0", undefined],
  ["-5", undefined],
  ["1.5", undefined],
  ['"5"', undefined],
  ["[5]", undefined],
  ["null", undefined],
])("a bound of %s is %p", (json, count) => {
  const { body, scan } = openBody(Buffer.from(`{"max_tokens":${json}}`));
  expect(peekCount(body, scan, "max_tokens")).toBe(count);
});
