import { afterAll, beforeAll, expect, test } from "bun:test";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

let sahab: TestSahab;
beforeAll(async () => {
  sahab = await runSahab();
});
afterAll(() => sahab.close());

const user = (content: unknown) => ({ role: "user", content });
const call = (more: object, id?: string) => ({
  role: "assistant",
  content: null,
  tool_calls: [{ ...(id && { id }), type: "function", function: { name: "now", ...more } }],
});
const result = (content: unknown, id?: string) => ({ role: "tool", content, ...(id && { tool_call_id: id }) });
const said = (content: string) => ({ role: "assistant", content });
const system = (content: string) => ({ role: "system", content });

// What clients and other models leave in histories.
const histories: Record<string, object[]> = {
  "a half character": [user("a half \ud83d")],
  "the other half": [user("\ude00 cut")],
  NUL: [user("x\u0000y")],
  "no arguments": [user("time?"), call({ arguments: "" }, "c1"), result("12:00", "c1")],
  "null as arguments": [user("time?"), call({ arguments: "null" }, "c1"), result("12:00", "c1")],
  "arguments that were broken off": [user("time?"), call({ arguments: '{"a": 1' }, "c1"), result("bad json", "c1")],
  "arguments as an object": [user("x"), call({ arguments: { a: 1 } }, "c"), result("r", "c")],
  "a call without an id": [user("x"), call({ arguments: "{}" }), result("r")],
  "a result of no parts": [user("x"), call({ arguments: "{}" }, "c"), result([], "c")],
  "a result of null": [user("x"), call({ arguments: "{}" }, "c"), result(null, "c")],
  "a result in parts": [user("x"), call({ arguments: "{}" }, "c"), result([{ type: "text", text: "ok" }], "c")],
  "an empty question": [user("")],
  "a question of null": [user(null)],
  "an assistant first": [said("Hi"), user("Say hello")],
  "an assistant last": [user("Say hello"), said("Hel")],
  "a system turn alone": [system("A")],
  "two system turns": [system("A"), system("B"), user("Say hello")],
  "two developer turns": [{ role: "developer", content: "A" }, { role: "developer", content: "B" }, user("Say hello")],
  "a system turn in the middle": [user("Say hello"), said("Hi"), system("Be brief"), user("Again")],
  "two questions": [user("Say hello"), user("Say hello")],
};

test("histories as they are found are answered, and recorded", async () => {
  for (const [name, messages] of Object.entries(histories)) {
    const body = { model: "nano", max_tokens: 4, temperature: 0, user: "a\u0000b", messages };
    const response = await sahab.call("/v1/chat/completions", body);
    const answer = (await response.json()) as { usage?: { prompt_tokens: number } };
    expect({ name, status: response.status, answer }).toMatchObject({ status: 200, answer: { usage: {} } });
    const record = await sahab.record(response.headers.get("x-request-id"));
    expect({ name, tokens: record.tokens.input }).toEqual({ name, tokens: answer.usage?.prompt_tokens ?? -1 });
  }
});

test("the same goes for Anthropic's clients", async () => {
  const turns = [
    [user("a half \ud83d")],
    [user([])],
    [
      user("time?"),
      { role: "assistant", content: [{ type: "tool_use", id: "t", name: "now" }] },
      user([{ type: "tool_result", tool_use_id: "t" }]),
    ],
    [user("a"), user("b")],
  ];
  for (const messages of turns) {
    const response = await sahab.call("/v1/messages", { model: "nano", max_tokens: 4, system: "A", messages });
    expect({ messages, status: response.status }).toEqual({ messages, status: 200 });
  }
});
