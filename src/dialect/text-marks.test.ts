import { expect, test } from "bun:test";
import fc from "fast-check";
import { isObject, type JsonObject } from "../call/index.ts";
import type { Dialect } from "./dialect.ts";
import { openaiChat } from "./openai-chat/index.ts";
import { dialects } from "./registry.ts";
import { TextMarks } from "./text-marks.ts";
import { translate } from "./translate.ts";

const long = (text: string) => text + "x".repeat(600);

/** Bodies of each dialect with these texts, by turns of the user's and the model's. */
const bodies: Record<string, (texts: readonly string[]) => JsonObject> = {
  "openai-chat": (texts) => ({ model: "m", messages: turns(texts, "assistant", (content) => ({ content })) }),
  "anthropic-messages": (texts) => ({
    model: "m",
    max_tokens: 9,
    messages: turns(texts, "assistant", (text) => ({ content: [{ type: "text", text }] })),
  }),
  "openai-responses": (texts) => ({
    model: "m",
    store: false,
    input: turns(texts, "assistant", (text, role) => ({
      content: [{ type: role === "user" ? "input_text" : "output_text", text }],
    })),
  }),
  gemini: (texts) => ({ contents: turns(texts, "model", (text) => ({ parts: [{ text }] })) }),
  dashscope: (texts) => ({ model: "m", input: { messages: turns(texts, "assistant", (content) => ({ content })) } }),
};

function turns(texts: readonly string[], model: string, say: (text: string, role: string) => JsonObject): JsonObject[] {
  return texts.map((text, index) => {
    const role = index % 2 === 0 ? "user" : model;
    return { role, ...say(text, role) };
  });
}

function open(dialect: Dialect, json: string) {
  const path = dialect.name === "gemini" ? "/v1beta/models/m:generateContent" : "/";
  return dialect.open({ operation: "chat", path, headers: { get: () => null }, body: Buffer.from(json) });
}

/** What a vendor gets, and the same of a request of which every text is parsed. */
function both(from: Dialect, to: Dialect, json: string): { marked: unknown; plain: unknown } {
  const call = open(from, json);
  const target = { model: "v", quirks: {}, field: undefined, fetchesImages: false, issuer: "v" };
  const made = (decode: typeof call.decode) => {
    try {
      const { body, dropped } = translate(to, { decode }, target);
      return { body: JSON.parse(Buffer.from(body).toString()) as unknown, dropped };
    } catch (error) {
      return { error: (error as Error).message };
    }
  };
  return { marked: made((cutter) => call.decode(cutter)), plain: made(() => call.decode()) };
}

const pairs = dialects.flatMap((from) => dialects.map((to) => [from, to] as const));

function isTakenOut(dialect: Dialect, json: string): boolean {
  const marks = new TextMarks();
  open(dialect, json).decode(marks);
  return marks.isUsed;
}

test("a vendor gets what it would get if every text were parsed, whatever the texts", () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(" ", "\n", "\\", '"', "\u2028", "\ud800", "1".repeat(20)),
  );
  const text = fc.tuple(piece, piece).map(([before, after]) => long(before) + after);
  const texts = fc.array(fc.oneof(text, fc.string({ unit: "binary", minLength: 1 })), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(texts, fc.constantFrom(...pairs), fc.boolean(), (texts, [from, to], isEscaped) => {
      const plainJson = JSON.stringify(bodies[from.name]?.(texts));
      const json = isEscaped ? plainJson.replace(/[\u0080-\uffff]/g, escapeUnit) : plainJson;
      const { marked, plain } = both(from, to, json);
      expect(marked).toEqual(plain as object);
    }),
    { numRuns: 500 },
  );
});

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

test("long texts are taken out in every dialect, and their bytes reach the vendor as they are", () => {
  for (const [from, to] of pairs) {
    // An escape that JSON.stringify would not write.
    const json = JSON.stringify(bodies[from.name]?.([long("one"), long("two"), long("three")])).replaceAll(
      "one",
      "\\u006fne",
    );
    expect([from.name, isTakenOut(from, json)]).toEqual([from.name, true]);
    const target = { model: "v", quirks: {}, field: undefined, fetchesImages: false, issuer: "v" };
    const { body } = translate(to, open(from, json), target);
    const sent = Buffer.from(body).toString();
    expect([from.name, to.name, sent.includes("twoxxx"), sent.includes("threexxx")]).toEqual([
      from.name,
      to.name,
      true,
      true,
    ]);
    expect(isObject(JSON.parse(sent))).toBe(true);
  }
});

test("what is no string of JSON is refused as before", () => {
  for (const broken of ["\\x", "\\u12", "\u0001", "\n"])
    for (const dialect of dialects) {
      const json = JSON.stringify(bodies[dialect.name]?.([long("one")])).replace("one", `one${broken}`);
      expect(() =>
        translate(dialect, open(dialect, json), {
          model: "v",
          quirks: {},
          field: undefined,
          fetchesImages: false,
          issuer: "v",
        }),
      ).toThrow("not JSON");
    }
  const body = Buffer.from(JSON.stringify(bodies["openai-chat"]?.([long("one\u00e9")])));
  body[body.indexOf(0xc3)] = 0xff;
  const call = openaiChat.open({ operation: "chat", path: "/", headers: { get: () => null }, body });
  expect(() =>
    translate(openaiChat, call, { model: "v", quirks: {}, field: undefined, fetchesImages: false, issuer: "v" }),
  ).toThrow("not JSON");
});

test("texts are parsed where a tool is in play, and where they begin with what may be white space", () => {
  const tools = [{ type: "function", function: { name: "f", parameters: { type: "object" } } }];
  const body = bodies["openai-chat"]?.([long("one")]) ?? {};
  expect(isTakenOut(openaiChat, JSON.stringify(body))).toBe(true);
  expect(isTakenOut(openaiChat, JSON.stringify({ ...body, tools }))).toBe(false);
  const result = { role: "tool", tool_call_id: "a", content: long("{}") };
  expect(isTakenOut(openaiChat, JSON.stringify({ ...body, messages: [result] }))).toBe(false);
  for (const space of [" ", "\u3000", "\u00a0", "\ufeff", "\u1680", "\\n"]) {
    const json = JSON.stringify(body).replace('"one', `"${space}`);
    expect([space, isTakenOut(openaiChat, json)]).toEqual([space, false]);
  }
});

test("a text that is looked at elsewhere is parsed", () => {
  const json = JSON.stringify({ ...bodies["openai-chat"]?.([long("one")]), metadata: { text: long("note") } });
  for (const to of dialects) {
    const { marked, plain } = both(openaiChat, to, json);
    expect(marked).toEqual(plain as object);
  }
});
