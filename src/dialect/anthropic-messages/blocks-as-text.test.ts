import { expect, test } from "bun:test";
import { listNotCarried } from "../../call/index.ts";
import type { JsonObject } from "../read.ts";
import { anthropicMessages } from "./index.ts";

/** The parts of a result of a tool, as a vendor of another dialect gets them, and what is dropped of them. */
function partsOf(...content: JsonObject[]) {
  const body = {
    model: "m",
    max_tokens: 1,
    messages: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: [{ type: "tool_use", id: "t", name: "find", input: {} }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "t", content }] },
    ],
    tools: [{ name: "find", input_schema: { type: "object" } }],
  };
  const decoded = anthropicMessages
    .open({ operation: "chat", path: "/v1/messages", headers: new Headers(), body: Buffer.from(JSON.stringify(body)) })
    .decode();
  if (decoded.operation !== "chat") throw new Error("a chat was sent");
  const carrier = { dialect: "openai-chat", api: "another API", refuses: {}, lacks: new Set([]) };
  return { parts: decoded.request.messages.at(-1)?.content, dropped: listNotCarried(decoded, carrier) };
}

const text = { type: "text", text: "It is hot." };

test("blocks that hold nothing but text are texts elsewhere", () => {
  const found = { type: "search_result", title: "Weather", source: "https://x.org", content: [text, text] };
  expect(partsOf(found)).toEqual({
    parts: [{ type: "text", text: "Weather\nhttps://x.org\nIt is hot.\nIt is hot." }],
    dropped: [],
  });
  const plain = { type: "document", source: { type: "text", media_type: "text/plain", data: "One" }, title: "A" };
  const blocks = { type: "document", source: { type: "content", content: [text] }, context: "Of today" };
  const cache = { type: "ephemeral" };
  expect(partsOf({ ...plain, cache_control: cache }, { ...blocks, citations: { enabled: true } })).toEqual({
    parts: [
      { type: "text", text: "A\nOne", cache },
      { type: "text", text: "Of today\nIt is hot.", extensions: { citations: { enabled: true } } },
    ],
    dropped: ["messages[].content[].citations"],
  });
});

test("others stay what they are", () => {
  const pdf = { type: "document", source: { type: "base64", media_type: "application/pdf", data: "AA==" } };
  const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "AA==" } };
  const mixed = { type: "document", source: { type: "content", content: [text, image] } };
  const broken = { type: "search_result", content: 1 };
  for (const block of [pdf, mixed, broken]) expect(partsOf(block).parts).toEqual([{ type: "other", value: block }]);
});
