import { expect, test } from "bun:test";
import { parseEnvironment } from "../base/environment.ts";
import { SahabError } from "../base/errors.ts";
import { makeRecord } from "../ledger/store/store-contract.ts";
import { RequestLog } from "./request-log.ts";

const record = makeRecord({
  id: "req_1",
  model: "chat-cheap",
  provider: "deepseek",
  attemptCount: 2,
  inputTokens: 1200,
  cachedInputTokens: 1000,
  outputTokens: 34,
  cost: 1_230_000n,
  currency: "USD",
  latencyMs: 812,
  firstTokenMs: 120,
});
const settled = { record, caller: { name: "ann" }, client: "10.0.0.7", reason: undefined };

function logged(options: { isPretty: boolean; isOn: boolean }, act: (log: RequestLog) => void): string[] {
  const lines: string[] = [];
  const log = new RequestLog({ lines: { add: (line) => void lines.push(line) } }, options);
  act(log);
  log.close();
  return lines;
}

test("on a terminal a line is for people", () => {
  const [line = ""] = logged({ isPretty: true, isOn: true }, (log) => log.note(settled));
  expect(line.replace(/^\[\d\d:\d\d:\d\d\] /, "")).toBe(
    "200 chat-cheap → deepseek/fake-chat, 2 attempts · 1200 (1000 cached) + 34 tokens · 0.00123 USD · 812 ms, first token 120 ms · ann\n",
  );
});

test("names and messages of others keep to one line, escape what a terminal acts on, and hide keys", () => {
  const error = new SahabError("model_not_found", `Model "sk-${"a1".repeat(12)}" is \u001b[31m\nnot known\u202e`);
  const refused = { id: "req_1", operation: "chat", status: 404, error, client: "10.0.0.7", durationMs: 1.4 };
  const caller = { keyId: "key_1", name: 'a"\u202e\nb', project: "default" };
  for (const isPretty of [true, false]) {
    const [line = "", ...more] = logged({ isPretty, isOn: true }, (log) => log.noteRefused({ ...refused, caller }));
    expect(more).toEqual([]);
    for (const hidden of ["a1a1", "\u001b", "\u202e"]) expect(line).not.toContain(hidden);
    expect(line.indexOf("\n")).toBe(line.length - 1);
    expect(line).toContain("[key]");
    if (!isPretty)
      expect(JSON.parse(line)).toMatchObject({ key: caller.name, code: "model_not_found", duration_ms: 1 });
  }
});

test("the off switch writes nothing, and wrong values are refused", () => {
  const isOn = parseEnvironment({ SAHAB_REQUEST_LOG: "off" }).requestLog;
  expect(logged({ isPretty: false, isOn }, (log) => log.note(settled))).toEqual([]);
  expect(parseEnvironment({}).requestLog).toBe(true);
  expect(parseEnvironment({ SAHAB_LOG_FORMAT: "json" }).logFormat).toBe("json");
  for (const name of ["SAHAB_REQUEST_LOG", "SAHAB_LOG_FORMAT"])
    expect(() => parseEnvironment({ [name]: "no" })).toThrow(`${name} is "no"; allowed:`);
});
