import { describe, expect, test } from "bun:test";
import { spliceUsage } from "./splice-usage.ts";

const cost = { cost: "0.000012", cost_currency: "USD" };
const splice = (json: string, extra: Record<string, unknown> = cost) => {
  const spliced = spliceUsage(Buffer.from(json), extra);
  return spliced && Buffer.from(spliced).toString("utf8");
};
const added = '"cost":"0.000012","cost_currency":"USD"';

describe("fields are added and nothing else changes", () => {
  test.each<[string, string]>([
    ["numbers with more digits than a double has", '{"usage":{"ticks":1234567890123456789@}}'],
    ["numbers as they were written", '{"usage":{"a":1.0,"b":1e2@},"x":-0.10}'],
    ["nested objects and arrays", '{"usage":{"details":{"cost":{"cost":1}},"list":[{"cost":2}]@},"choices":[]}'],
    ["white space", '{ "id" : "a",\n\t"usage" : { "tokens" : 1\n@} }\n'],
    ["escapes and braces in strings", '{"text":"\\"usage\\":{}","usage":{"a":"}\\"\\\\","\\u0062":"云"@},"end":"}"}'],
    ["keys that are no cost of ours", '{"usage":{"Cost":1,"cost_in_usd_ticks":2@}}'],
    ["the last of two usages, which is the one that JSON.parse takes", '{"usage":{"a":1},"usage":{"b":2@}}'],
  ])("%s", (_name, json) => {
    const spliced = splice(json.replace("@", ""));
    expect(spliced).toBe(json.replace("@", `,${added}`));
    expect(JSON.parse(spliced ?? "")).toMatchObject({ usage: cost });
  });

  test.each([
    ['{"usage":{}}', `{"usage":{${added}}}`],
    ['{"usage":{ }}', `{"usage":{ ${added}}}`],
  ])("an empty usage %s", (json, expected) => expect(splice(json)).toBe(expected));

  test("a key that is written with an escape is found", () => {
    expect(splice('{"us\\u0061ge":{"a":1}}')).toBe(`{"us\\u0061ge":{"a":1,${added}}}`);
  });
});

describe("a cost that the vendor states is replaced", () => {
  test.each([
    ['{"usage":{"cost":0.5,"a":1}}', `{"usage":{"cost":"0.000012","a":1,"cost_currency":"USD"}}`],
    ['{"usage":{"a":1,"cost":{"usd":[1]}}}', `{"usage":{"a":1,"cost":"0.000012","cost_currency":"USD"}}`],
    ['{"usage":{"c\\u006fst":1}}', `{"usage":{"c\\u006fst":"0.000012","cost_currency":"USD"}}`],
    ['{"usage":{"cost_currency":null,"cost":1}}', `{"usage":{"cost_currency":"USD","cost":"0.000012"}}`],
  ])("%s", (json, expected) => expect(splice(json)).toBe(expected));
});

test("nothing to add leaves the bytes as they are", () => {
  expect(splice('{"usage":{"a":1}}', {})).toBe('{"usage":{"a":1}}');
});

test("a text that is added is escaped", () => {
  expect(splice('{"usage":{}}', { note: '"}云' })).toBe('{"usage":{"note":"\\"}云"}}');
});

test.each([
  "",
  "{}",
  "[]",
  "5",
  "[DONE]",
  '{"usage":null}',
  '{"usage":[1]}',
  '{"usage":"{}"}',
  '{"x":{"usage":{}}}',
  '{"usage":{"a":1}',
])("no usage object at the top: %j", (json) => expect(splice(json)).toBeUndefined());
