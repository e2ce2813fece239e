import { describe, expect, test } from "bun:test";
import type { ChatRequest, RewriteRules } from "../../call/index.ts";
import { isObject, type JsonObject } from "../read.ts";
import { openaiResponses } from "./index.ts";
import { newSummaryItem, readSummaryItem } from "./summary-item.ts";

const own = newSummaryItem("They want 云.");
const trigger = { type: "compaction_trigger" };
const vendors = { type: "compaction", encrypted_content: "gAAAA" };
const said = { role: "user", content: "Hi" };

function open(input: unknown, fields: JsonObject = {}) {
  const body = Buffer.from(JSON.stringify({ model: "m", store: false, input, ...fields }));
  return openaiResponses.open({ operation: "chat", path: "/v1/responses", headers: new Headers(), body });
}

function inputSent(input: unknown, rules: Partial<RewriteRules> = {}): JsonObject[] {
  const { pieces } = open(input).rewrite("x", { passes: new Set(), ...rules });
  const body: unknown = JSON.parse(Buffer.concat(pieces).toString("utf8"));
  return isObject(body) ? (body["input"] as JsonObject[]) : [];
}

function textsAsked(input: unknown): string[] {
  const { request } = open(input).decode() as { request: ChatRequest };
  return request.messages.flatMap(({ content }) =>
    content.map((part) => (part.type === "text" ? part.text : part.type)),
  );
}

test("a summary of Sahab's own is read again, and nobody else's", () => {
  expect(readSummaryItem(own)).toEndWith("\n\nThey want 云.");
  for (const content of [undefined, 5, "", "gAAAA", null])
    expect(readSummaryItem({ encrypted_content: content })).toBe(undefined);
  expect(readSummaryItem({ encrypted_content: "sahab-summary-1.???" })).toEndWith(":\n\n");
});

describe("a vendor of the dialect", () => {
  test("gets Sahab's summaries as messages, and its own as they are", () => {
    const [first, second, third] = inputSent([own, vendors, said]);
    expect(first).toMatchObject({ role: "user" });
    expect(String(first?.["content"])).toEndWith("They want 云.");
    expect([second, third]).toEqual([vendors, said]);
  });

  test("that makes conversations shorter itself is asked as the client asks", () => {
    expect(inputSent([said, trigger], { hasCompaction: true })).toEqual([said, trigger]);
  });

  test("that does not is asked for a summary", () => {
    for (const input of [
      [said, trigger],
      [trigger, said],
      [said, trigger, own],
    ]) {
      const sent = inputSent(input);
      expect(JSON.stringify(sent)).not.toContain("compaction");
      expect(String(sent.at(-1)?.["content"])).toContain("Write a summary");
    }
  });
});

test("others are shown the summary, and asked for one", () => {
  const texts = textsAsked([own, said, trigger]);
  expect(texts[0]).toEndWith("They want 云.");
  expect(texts.slice(1, 2)).toEqual(["Hi"]);
  expect(texts.at(-1)).toContain("Write a summary");
  expect(textsAsked([vendors, said])).toEqual(["other", "Hi"]);
});

test("a text that only names such an item is a text", () => {
  const [sent] = inputSent([{ role: "user", content: "compaction_trigger sahab-summary-1." }]);
  expect(sent).toEqual({ role: "user", content: "compaction_trigger sahab-summary-1." });
  expect(inputSent("compaction_trigger")).toEqual("compaction_trigger" as never);
});
