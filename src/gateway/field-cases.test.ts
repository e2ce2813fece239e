import { expect, test } from "bun:test";
import { readFieldCases } from "../testing/field-cases/field-case.ts";
import { Findings } from "../testing/field-cases/findings.ts";
import { parseReply } from "../testing/field-cases/reply.ts";
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
    expect(rows.filter(({ verdict }) => verdict === "WRONG").map(({ name }) => name)).toEqual([]);
    expect(rows).toHaveLength(cases.length);
    expect(cases.length).toBeGreaterThan(0);
  }, 300_000);

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

test("a finding that is not as expected is a fault", () => {
  const findings = new Findings();
  findings.equal("one", 1, 1);
  findings.expect(true, "never");
  expect(findings.faults).toEqual([]);
  findings.equal("two", 1, 2);
  findings.expect(false, "wrong");
  expect(findings.faults).toEqual(["two is 1, not 2", "wrong"]);
});
