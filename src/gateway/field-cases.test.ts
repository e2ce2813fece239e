import { expect, test } from "bun:test";
import type { AdminRecord } from "../testing/run-sahab.ts";
import { cut, refused, whole } from "../testing/field-cases/replay-rules.ts";
import { spareText } from "../testing/field-cases/replay.ts";
import { readFieldCases, type FieldCase } from "../testing/field-cases/field-case.ts";
import { Findings } from "../testing/field-cases/findings.ts";
import { parseReply, type Reply } from "../testing/field-cases/reply.ts";
import { formatRows, runFieldCases } from "../testing/field-cases/run-field-cases.ts";
import { judgedNames } from "../testing/field-cases/trials.ts";

// Small inputs that broke gateways, model servers and clients in the field, each tried whole on the running product.

const all = readFieldCases();
/** For working on a few: a pattern of their names. */
const pattern = process.env["SAHAB_FIELD_CASES_LIKE"] ?? "";
const cases = all.filter(({ name }) => new RegExp(pattern).test(name));

if (all.length > 0) {
  test(`${cases.length} of ${all.length} inputs from the field`, async () => {
    const rows = await runFieldCases(all, cases);
    process.stdout.write(`\n${formatRows(rows)}`);
    const wrong = rows.filter(({ verdict }) => verdict === "WRONG");
    expect(wrong.map(({ name, faults }) => `${name}: ${faults.join("; ")}`)).toEqual([]);
    expect(rows).toHaveLength(cases.length);
    expect(cases.length).toBeGreaterThan(0);
  }, 600_000);

  test("no judge is left of a case that is gone", () => {
    const names = new Set(all.map(({ name }) => name));
    expect(judgedNames.filter((name) => !names.has(name))).toEqual([]);
    expect(new Set(judgedNames).size).toBe(judgedNames.length);
  });
}

const streamOf = (...events: string[]) =>
  parseReply(
    200,
    new Headers({ "content-type": "text/event-stream" }),
    new TextEncoder().encode(events.map((event) => `data: ${event}\n\n`).join("")),
    1,
  );
const chunk = '{"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}';

test("a reply is whole only when its end is the last thing in it and no error came", () => {
  expect(streamOf(chunk, "[DONE]")).toMatchObject({ isWhole: true, content: "Hi", error: undefined, malformed: [] });
  expect(streamOf(chunk)).toMatchObject({ isWhole: false });
  expect(streamOf(chunk, "[DONE]", chunk)).toMatchObject({ isWhole: false });
  expect(streamOf(chunk, '{"error":{"message":"no","code":502}}', "[DONE]")).toMatchObject({
    isWhole: false,
    error: { message: "no", code: "502" },
  });
  expect(streamOf(chunk, "Internal Server Error", "[DONE]").malformed).toEqual(["Internal Server Error"]);
});

const broken = '{"error":{"message":"no"}}';
const whole200 = streamOf(chunk, "[DONE]");
const cut200 = streamOf(chunk, broken);
const refused502 = parseReply(502, new Headers(), new TextEncoder().encode(broken), 1);
const spare200 = streamOf(chunk.replace("Hi", spareText), "[DONE]");
const rules = {
  whole: whole({ content: "Hi" }),
  cut: cut({ content: "Hi" }),
  refused: refused(),
};

test.each<[keyof typeof rules, string, Reply, string, string, number]>([
  ["whole", "ok", whole200, "vendor", "right", 1],
  ["whole", "ok", streamOf(chunk), "vendor", "wrong", 1],
  ["whole", "stream_interrupted", whole200, "vendor", "wrong", 1],
  ["whole", "ok", spare200, "spare", "wrong", 1],
  ["whole", "ok", whole200, "vendor", "wrong", 2],
  ["cut", "stream_interrupted", cut200, "vendor", "right", 1],
  ["cut", "stream_interrupted", streamOf(chunk), "vendor", "wrong", 1],
  ["cut", "ok", whole200, "vendor", "wrong", 1],
  ["cut", "stream_interrupted", streamOf(chunk, broken, "[DONE]"), "vendor", "wrong", 1],
  ["cut", "ok", cut200, "vendor", "wrong", 1],
  ["refused", "upstream_error", refused502, "vendor", "right", 1],
  ["refused", "upstream_error", whole200, "vendor", "wrong", 1],
  ["refused", "ok", refused502, "vendor", "wrong", 1],
  ["refused", "upstream_error", refused502, "vendor", "wrong", 2],
])("the judge %s, an answer recorded as %s", (rule, outcome, reply, provider, verdict, calls) => {
  const tokens = { input: 1, cached_input: 0, cache_write: 0, output: 1, reasoning: 0 };
  const record = { outcome, provider, attempts: calls, tokens, cost: "0.000003", estimated: true } as AdminRecord;
  const findings = new Findings();
  rules[rule]({ road: "chat", isBacked: false, reply, record, calls }, findings, {} as FieldCase);
  expect(findings.faults.length === 0 ? "right" : "wrong").toBe(verdict as "right" | "wrong");
});

test("a finding that is not as expected is a fault", () => {
  const findings = new Findings();
  findings.equal("one", 1, 1);
  findings.expect(true, "never");
  expect(findings.faults).toEqual([]);
  findings.equal("two", 1, 2);
  findings.expect(false, "wrong");
  expect(findings.faults).toEqual(["two is 1, not 2", "wrong"]);
});
