import { expect, test } from "bun:test";
import fc from "fast-check";
import { noUsage } from "../call/index.ts";
import { openaiChat } from "./openai-chat/index.ts";
import { addCost } from "./raw-answer.ts";
import { spliceUsage } from "./splice-usage.ts";

// On the road of one dialect only what is added or replaced differs, byte for byte.

const extra = { cost: "0.000012", cost_currency: "USD" };
const added = '"cost":"0.000012","cost_currency":"USD"';

/** JSON as other programs write it: any digits, any white space, any escapes, equal keys. */
const space = fc.constantFrom("", "", " ", "\n", "\r\n\t");
const number = fc.stringMatching(/^-?(0|[1-9]\d{0,24})(\.\d{1,20})?([eE][+-]?\d{1,3})?$/);
const text = fc.constantFrom('"云"', '"\\u0061\\""', '"usage\\":{}"', '"]}"', '"🌩"', '"\\\\"', '""');
const key = fc.constantFrom('"a"', '"id"', '"request_no"', '"tick\\u0073"', '"usage_2"', '"b"');
const { value } = fc.letrec<{ value: string; object: string; array: string }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, number, text, fc.constantFrom("null", "true"), tie("object"), tie("array")),
  object: fc
    .tuple(space, fc.array(fc.tuple(key, space, tie("value"), space), { maxLength: 4 }))
    .map(([before, fields]) => `{${before}${fields.map(([k, a, v, b]) => `${k}:${a}${v}${b}`).join(",")}}`),
  array: fc
    .array(fc.tuple(space, tie("value")), { maxLength: 4 })
    .map((items) => `[${items.map(([before, item]) => before + item).join(",")}]`),
}));
const fields = fc
  .array(fc.tuple(space, key, value), { maxLength: 5 })
  .map((all) => all.map(([before, name, of]) => `${before}${name}:${of}`));

const objectWith = (own: string) =>
  fc.tuple(fields, fields).map(([before, after]) => `{${[...before, own, ...after].join(",")}}`);
/** `@` is where the cost belongs. */
const answer = fc.tuple(fields, space).chain(([inner, before]) => objectWith(`"usage":${before}{${inner.join(",")}@}`));
const costAfter = (json: string) => json.replace("@", /[{]\s*@/.test(json) ? added : `,${added}`);

test("an answer gains its cost and nothing else changes", () => {
  fc.assert(
    fc.property(answer, (json) => {
      const spliced = spliceUsage(Buffer.from(json.replace("@", "")), extra);
      expect(spliced && Buffer.from(spliced).toString()).toBe(costAfter(json));
    }),
  );
});

test("so does one whose usage is in an object of it", () => {
  const nested = fc.tuple(answer, fields, fields).map(([inner, before, after]) => ({
    inner,
    wrap: (json: string) => `{${[...before, `"response": ${json}`, ...after].join(",")}}`,
  }));
  fc.assert(
    fc.property(nested, ({ inner, wrap }) => {
      const spliced = spliceUsage(Buffer.from(wrap(inner.replace("@", ""))), extra, { within: "response" });
      expect(spliced && Buffer.from(spliced).toString()).toBe(wrap(costAfter(inner)));
    }),
  );
  expect(spliceUsage(Buffer.from('{"usage":{}}'), extra, { within: "response" })).toBeUndefined();
});

test("so does an event of a stream, in whatever lines it comes", () => {
  const usage = { ...noUsage, inputTokens: 1 };
  const cost = (event: string) =>
    Buffer.from(addCost(Buffer.from(event, "latin1"), usage, () => extra)).toString("latin1");
  const latin1 = (json: string) => Buffer.from(json).toString("latin1");
  const lineEnd = fc.constantFrom("\n", "\r\n", "\r");
  fc.assert(
    fc.property(answer, lineEnd, fc.constantFrom("data:", "data: "), (json, end, name) => {
      const line = latin1(json.replaceAll(/[\r\n]/g, " "));
      const event = (data: string) => `id: 7${end}event: chunk${end}${name}${data}${end}retry: 1${end}${end}`;
      expect(cost(event(line.replace("@", "")))).toBe(event(costAfter(line)));
    }),
  );
  fc.assert(
    fc.property(answer, (json) => {
      const lines = latin1(json.replaceAll("\r", "")).split("\n");
      if (lines.length === 1) return;
      const event = (data: string) => `: note\nid: 7\n${data.replaceAll(/^/gm, "data: ")}\n\n`;
      expect(cost(event(lines.join("\n").replace("@", "")))).toBe(event(costAfter(lines.join("\n"))));
    }),
  );
  // Bytes that are no UTF-8 stay, too.
  expect(cost('data: {"x":"\xff\xfe","usage":{}}\n\n')).toBe(`data: {"x":"\xff\xfe","usage":{${added}}}\n\n`);
  expect(cost('data: {"x":"\xff",\ndata: "usage":{}}\n\n')).toBe(`data: {"x":"\xff",\ndata: "usage":{${added}}}\n\n`);
});

test("a request gets the vendor's name of its model, and asks for usage, and nothing else changes", () => {
  const options = fields.map((inner) => ({ inner, json: `{${inner.join(",")}}` }));
  fc.assert(
    fc.property(options, fields, ({ inner, json }, others) => {
      const body = (model: string, streamOptions: string) =>
        `{${[...others, `"model":"${model}"`, '"messages":[1.0]', '"stream":true', `"stream_options":${streamOptions}`].join(",")}}`;
      const call = openaiChat.open({
        operation: "chat",
        path: "/",
        headers: new Headers(),
        body: Buffer.from(body("m", json)),
      });
      const asked = `{"include_usage":true${inner.length === 0 ? "" : ","}${json.slice(1)}`;
      expect(Buffer.concat(call.rewrite("vendor-model").pieces).toString()).toBe(body("vendor-model", asked));
    }),
  );
});
