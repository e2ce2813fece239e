import { describe, expect, test } from "bun:test";
import { isObject, type ChatRequest } from "../call/index.ts";
import type { Dialect } from "./dialect.ts";
import { dialects } from "./registry.ts";
import { translate } from "./translate.ts";

// Ids of calls that repeat, that are long, or that have letters which a dialect refuses: in every pair, each result arrives as
// that of its own call.

const long = "x".repeat(100);
const cities = "abcdefgh".split("");
/** In turns; the results say which call they belong to. */
const turns: { id: string; city: string }[][] = [
  [
    { id: "functions.list_dir:0", city: "a" },
    { id: "functions.list_dir:1", city: "b" },
  ],
  [{ id: "functions.list_dir:0", city: "c" }],
  [
    { id: `${long}1`, city: "d" },
    { id: `${long}2`, city: "e" },
  ],
  [
    { id: "functions_list_dir_0", city: "f" },
    { id: '云 and "more"', city: "g" },
  ],
  [{ id: "functions.list_dir:0", city: "h" }],
];

/** The same conversation as a client of each dialect sends it. */
const clients: Record<string, { path: string; body: object }> = {
  "openai-chat": { path: "/v1/chat/completions", body: { model: "m", messages: chatMessages() } },
  dashscope: {
    path: "/api/v1/services/aigc/text-generation/generation",
    body: { model: "m", input: { messages: chatMessages() }, parameters: { result_format: "message" } },
  },
  "anthropic-messages": {
    path: "/v1/messages",
    body: {
      model: "m",
      max_tokens: 10,
      messages: [
        { role: "user", content: "go" },
        ...turns.flatMap((calls) => [
          {
            role: "assistant",
            content: calls.map(({ id, city }) => ({ type: "tool_use", id, name: "look", input: { city } })),
          },
          {
            role: "user",
            content: calls.map(({ id, city }) => ({ type: "tool_result", tool_use_id: id, content: `saw ${city}` })),
          },
        ]),
      ],
    },
  },
  "openai-responses": {
    path: "/v1/responses",
    body: {
      model: "m",
      input: [
        { type: "message", role: "user", content: "go" },
        ...turns.flatMap((calls) => [
          ...calls.map(({ id, city }) => ({
            type: "function_call",
            call_id: id,
            name: "look",
            arguments: JSON.stringify({ city }),
          })),
          ...calls.map(({ id, city }) => ({ type: "function_call_output", call_id: id, output: `saw ${city}` })),
        ]),
      ],
    },
  },
  gemini: {
    path: "/v1beta/models/m:generateContent",
    body: {
      contents: [
        { role: "user", parts: [{ text: "go" }] },
        ...turns.flatMap((calls) => [
          {
            role: "model",
            parts: calls.map(({ id, city }) => ({ functionCall: { id, name: "look", args: { city } } })),
          },
          {
            role: "user",
            parts: calls.map(({ id, city }) => ({
              functionResponse: { id, name: "look", response: { output: `saw ${city}` } },
            })),
          },
        ]),
      ],
    },
  },
};

function chatMessages(): object[] {
  return [
    { role: "user", content: "go" },
    ...turns.flatMap((calls) => [
      {
        role: "assistant",
        content: null,
        tool_calls: calls.map(({ id, city }) => ({
          id,
          type: "function",
          function: { name: "look", arguments: JSON.stringify({ city }) },
        })),
      },
      ...calls.map(({ id, city }) => ({ role: "tool", tool_call_id: id, content: `saw ${city}` })),
    ]),
  ];
}

/** What vendors of a dialect take as an id, and whether each may be there once only. */
const rules: Record<string, { form: RegExp; isOnce: boolean }> = {
  "anthropic-messages": { form: /^[\w-]+$/, isOnce: true },
  gemini: { form: /^[\w-]+$/, isOnce: true },
  "openai-chat": { form: /^.{1,40}$/su, isOnce: false },
  dashscope: { form: /^.{1,40}$/su, isOnce: false },
  "openai-responses": { form: /^.{1,64}$/su, isOnce: true },
};

/** Calls and results of a body of any dialect, in their order. */
function toolParts(body: unknown): { id: string; isCall: boolean; text: string }[] {
  const found: { id: string; isCall: boolean; text: string }[] = [];
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(walk);
    if (!isObject(value)) return;
    const id = value["tool_use_id"] ?? value["tool_call_id"] ?? value["call_id"] ?? value["id"];
    const isResult = /result|output|tool/.test(String(value["type"] ?? value["role"])) && value["type"] !== "tool_use";
    if (typeof id === "string" && id !== "")
      return void found.push({ id, isCall: !isResult && !("response" in value), text: JSON.stringify(value) });
    Object.values(value).forEach(walk);
  };
  walk(body);
  return found;
}

const pairs = dialects.flatMap((from) => dialects.filter((to) => to !== from).map((to) => ({ from, to })));

function open(from: Dialect) {
  const client = clients[from.name];
  if (!client) throw new Error(`no client of ${from.name}`);
  const body = Buffer.from(JSON.stringify(client.body));
  return from.open({ operation: "chat", path: client.path, headers: { get: () => null }, body });
}

describe.each(pairs.map(({ from, to }) => [from.name, to.name, from, to] as const))("%s to %s", (_, name, from, to) => {
  test("results arrive as those of their own calls, with ids that the dialect takes", () => {
    const { body } = translate(to, open(from), { model: "m", quirks: {}, issuer: "" });
    const parts = toolParts(JSON.parse(Buffer.from(body).toString()));
    const { form, isOnce } = rules[name] ?? { form: /^$/, isOnce: true };
    for (const { id } of parts) expect(id).toMatch(form);
    const calls = parts.filter(({ isCall }) => isCall);
    expect(calls.map(({ text }) => /city\W+(\w)/.exec(text)?.[1])).toEqual(cities);
    if (isOnce) expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length);
    // By the latest call of the id, as a vendor reads it.
    const latest = new Map<string, string>();
    const pairsFound: string[] = [];
    for (const { id, isCall, text } of parts) {
      if (isCall) latest.set(id, /city\W+(\w)/.exec(text)?.[1] ?? "");
      else pairsFound.push(`${latest.get(id)}${/saw (\w)/.exec(text)?.[1]}`);
    }
    expect(pairsFound).toEqual(cities.map((city) => city + city));
  });
});

test.each(dialects.map((dialect) => [dialect.name, dialect] as const))(
  "a client of %s is read with its own ids, which are sent back to the vendor that made them",
  (_, dialect) => {
    const { request } = open(dialect).decode() as { request: ChatRequest };
    const ids = request.messages.flatMap(({ content }) =>
      content.flatMap((part) => (part.type === "tool-call" ? [part.id] : [])),
    );
    expect(ids).toEqual(turns.flat().map(({ id }) => id));
    const results = request.messages.flatMap(({ toolCallId }) => toolCallId ?? []);
    expect(results).toEqual(ids);
  },
);
