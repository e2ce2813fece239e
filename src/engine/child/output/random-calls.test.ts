import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { chooseRules, forcedForm, readOutput, type CallableTools, type OutputPart } from "./index.ts";
import { joinParts } from "../../../testing/join-parts.ts";

interface Arguments {
  city: string;
  days: number;
  options: unknown;
}

const tools = new Map<string, unknown>([
  [
    "get_weather",
    {
      type: "object",
      properties: { city: { type: "string" }, days: { type: "integer" }, options: {} },
    },
  ],
]);

const name = "get_weather";
const json = (value: unknown) => JSON.stringify(value);
const entries = (values: Arguments) =>
  Object.entries(values).map(([key, value]) => ({ key, text: typeof value === "string" ? value : json(value), value }));

/** Lists and objects in Python, whose strings have either quote. */
function python(value: unknown): string {
  if (typeof value === "string") return `'${json(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value === "object" && value !== null)
    return `{${Object.entries(value)
      .map(([key, one]) => `${python(key)}: ${python(one)}`)
      .join(", ")}}`;
  return value === null ? "None" : value === true ? "True" : value === false ? "False" : json(value);
}

function gemma(value: unknown, quote: string): string {
  if (typeof value === "string") return quote + value + quote;
  if (Array.isArray(value)) return `[${value.map((one) => gemma(one, quote)).join(",")}]`;
  if (typeof value === "object" && value !== null)
    return `{${Object.entries(value)
      .map(([key, one]) => `${quote}${key}${quote}:${gemma(one, quote)}`)
      .join(",")}}`;
  return json(value);
}

const tagged = (values: Arguments, write: (entry: { key: string; text: string }) => string) =>
  entries(values).map(write).join("\n");

interface Writer {
  template: string;
  /** As the template of the family writes calls. */
  write(calls: readonly Arguments[]): string;
  /** What no value may hold, because it ends one. */
  ends?: string;
}

const writers: Record<string, Writer> = {
  hermes: {
    template: "<tool_call>",
    write: (calls) =>
      calls.map((values) => `<tool_call>\n{"name": "${name}", "arguments": ${json(values)}}\n</tool_call>`).join("\n"),
  },
  "qwen-coder": {
    template: "<tool_call><function=",
    ends: "</parameter>",
    write: (calls) =>
      calls
        .map(
          (values) =>
            `<tool_call>\n<function=${name}>\n${tagged(values, ({ key, text }) => `<parameter=${key}>\n${text}\n</parameter>`)}\n</function>\n</tool_call>`,
        )
        .join("\n"),
  },
  glm: {
    template: "<tool_call><arg_key>",
    ends: "</arg_value>",
    write: (calls) =>
      calls
        .map(
          (values) =>
            `<tool_call>${name}\n${tagged(values, ({ key, text }) => `<arg_key>${key}</arg_key>\n<arg_value>${text}</arg_value>`)}\n</tool_call>`,
        )
        .join("\n"),
  },
  "minimax-m2": {
    template: "minimax:tool_call",
    ends: "</parameter>",
    write: (calls) =>
      `<minimax:tool_call>\n${calls
        .map(
          (values) =>
            `<invoke name="${name}">\n${tagged(values, ({ key, text }) => `<parameter name="${key}">${text}</parameter>`)}\n</invoke>`,
        )
        .join("\n")}\n</minimax:tool_call>`,
  },
  "deepseek-dsml": {
    template: "｜DSML｜",
    ends: "</｜DSML｜parameter>",
    write: (calls) =>
      `<｜DSML｜function_calls>\n${calls
        .map((values) => {
          const fields = entries(values).map(
            ({ key, text, value }) =>
              `<｜DSML｜parameter name="${key}" string="${typeof value === "string"}">${text}</｜DSML｜parameter>`,
          );
          return `<｜DSML｜invoke name="${name}">\n${fields.join("\n")}\n</｜DSML｜invoke>`;
        })
        .join("\n")}\n</｜DSML｜function_calls>`,
  },
  "minimax-m1": {
    template: "<tool_calls>",
    write: (calls) =>
      `<tool_calls>\n${calls.map((values) => `{"name": "${name}", "arguments": ${json(values)}}\n`).join("")}</tool_calls>`,
  },
  "llama-3": {
    template: "<|start_header_id|>",
    write: (calls) => calls.map((values) => `{"name": "${name}", "parameters": ${json(values)}}`).join("; "),
  },
  "llama-4": {
    template: "<|header_start|>",
    write: (calls) =>
      `[${calls
        .map(
          (values) =>
            `${name}(${entries(values)
              .map(({ key, value }) => `${key}=${python(value)}`)
              .join(", ")})`,
        )
        .join(", ")}]`,
  },
  "mistral-list": {
    template: "[TOOL_CALLS]",
    write: (calls) =>
      `[TOOL_CALLS][${calls.map((values) => json({ name, arguments: values, id: "abcdefghi" })).join(", ")}]`,
  },
  "mistral-arguments": {
    template: "[TOOL_CALLS][ARGS]",
    write: (calls) => calls.map((values) => `[TOOL_CALLS]${name}[ARGS]${json(values)}`).join(""),
  },
  deepseek: {
    template: "<｜tool▁calls▁begin｜>",
    write: (calls) =>
      `<｜tool▁calls▁begin｜>${calls
        .map(
          (values) =>
            `<｜tool▁call▁begin｜>function<｜tool▁sep｜>${name}\n\`\`\`json\n${json(values)}\n\`\`\`<｜tool▁call▁end｜>`,
        )
        .join("\n")}<｜tool▁calls▁end｜>`,
  },
  kimi: {
    template: "<|tool_calls_section_begin|>",
    write: (calls) =>
      `<|tool_calls_section_begin|>${calls
        .map(
          (values, index) =>
            `<|tool_call_begin|>functions.${name}:${index}<|tool_call_argument_begin|>${json(values)}<|tool_call_end|>`,
        )
        .join("")}<|tool_calls_section_end|>`,
  },
  "gpt-oss": {
    template: "<|channel|><|message|>",
    write: (calls) =>
      calls
        .map(
          (values) => `<|channel|>commentary to=functions.${name} <|constrain|>json<|message|>${json(values)}<|call|>`,
        )
        .join("<|start|>assistant"),
  },
  "gemma-4": {
    template: "<|tool_call><tool_call|>",
    ends: '<|"|>',
    write: (calls) =>
      calls
        .map(
          (values) =>
            `<|tool_call>call:${name}{${entries(values)
              .map(({ key, value }) => `${key}:${gemma(value, '<|"|>')}`)
              .join(",")}}<tool_call|>`,
        )
        .join(""),
  },
  functiongemma: {
    template: "<start_function_call>",
    ends: "<escape>",
    write: (calls) =>
      calls
        .map(
          (values) =>
            `<start_function_call>call:${name}{${entries(values)
              .map(({ key, value }) => `${key}:${gemma(value, "<escape>")}`)
              .join(",")}}<end_function_call>`,
        )
        .join(""),
  },
  gemma: {
    template: "<start_of_turn>",
    write: (calls) =>
      `\`\`\`tool_code\n${calls
        .map(
          (values) =>
            `${name}(${entries(values)
              .map(({ key, value }) => `${key}=${python(value)}`)
              .join(", ")})`,
        )
        .join("\n")}\n\`\`\``,
  },
};

const tags = Object.values(writers)
  .flatMap(({ write }) => write([{ city: "", days: 0, options: null }]).match(/<[^<>]*>|\[\/?[A-Z_]+\]|```/g) ?? [])
  .concat(["</think>", "<think>", "{", "}", "[", "]", '"', "'", "\\", "\n", "'''", "🙂", "東", "é"]);

/** Letters, tags and halves of tags. */
const text = fc
  .array(
    fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 6 }),
      fc.constantFrom(...tags),
      fc.constantFrom(...tags.filter((tag) => tag.startsWith("<"))).map((tag) => tag.slice(0, -1)),
    ),
    { maxLength: 6 },
  )
  .map((pieces) => pieces.join(""));
const { options } = fc.letrec<{ options: unknown }>((tie) => ({
  options: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.integer(),
    fc.constantFrom(true, false, null, -0.5),
    fc.array(tie("options"), { maxLength: 3 }),
    fc.dictionary(fc.string({ unit: fc.constantFrom("a", "b", "_"), minLength: 1, maxLength: 3 }), tie("options"), {
      maxKeys: 3,
    }),
  ),
}));
const calls = fc.array(fc.record({ city: text, days: fc.integer(), options: fc.array(options, { maxLength: 3 }) }), {
  minLength: 1,
  maxLength: 3,
});
const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 12 });

interface ParseOptions {
  /** Where the bytes are cut. */
  at: readonly number[];
  isForced?: boolean;
  isCut?: boolean;
  callableTools?: CallableTools;
}

function read(
  template: string,
  written: string,
  { at, isForced = false, isCut = false, callableTools = tools }: ParseOptions,
): OutputPart[] {
  const rules = chooseRules(template);
  const reader = readOutput(rules, { startsInReasoning: false, mayReason: rules.mayReason, callableTools, isForced });
  const decoder = new TextDecoder();
  const bytes = Buffer.from(written);
  const places = [...new Set([0, ...at, bytes.length])].sort((one, other) => one - other);
  const parts = places.flatMap((place, index) =>
    reader.push(decoder.decode(bytes.subarray(place, places[index + 1] ?? place), { stream: true })),
  );
  return joinParts([...parts, ...reader.push(decoder.decode()), ...reader.end({ isCut })]);
}

const parse = (template: string, written: string, options: ParseOptions) =>
  read(template, written, options).map((part) =>
    part.type === "tool-call" ? { ...part, arguments: JSON.parse(part.arguments) as unknown } : part,
  );

/** Pieces that are left out, put in or cut off. */
const mutations = fc.array(
  fc.record({ at: fc.nat({ max: 300 }), dropped: fc.nat({ max: 12 }), added: fc.constantFrom("", "", " x ", ...tags) }),
  { maxLength: 3 },
);

const mutate = (text: string, changes: readonly { at: number; dropped: number; added: string }[]) =>
  changes.reduce(
    (changed, { at, dropped, added }) =>
      changed.slice(0, at % changed.length) + added + changed.slice((at % changed.length) + dropped) || "x",
    text,
  );

describe.each(Object.entries(writers))("random calls of %s", (family, { template, write, ends }) => {
  const isWritable = (values: readonly Arguments[]) =>
    ends === undefined || !json(values).includes(json(ends).slice(1, -1));
  const expected = (values: readonly Arguments[]) =>
    values.map((one) => ({ type: "tool-call" as const, name, arguments: one as unknown }));

  test("are read as they were meant, wherever they are cut", () => {
    expect(chooseRules(template).family).toBe(family);
    fc.assert(
      fc.property(calls.filter(isWritable), cuts, (values, at) => {
        expect(parse(template, write(values), { at })).toEqual(expected(values));
      }),
      { numRuns: 60 },
    );
  });

  test("that are damaged are read alike, wherever they are cut, and stay text where nothing was offered", () => {
    const isText = chooseRules(template).channels === undefined;
    fc.assert(
      fc.property(calls, mutations, cuts, fc.boolean(), (values, changes, at, isCut) => {
        const written = mutate(write(values), changes).toWellFormed();
        expect(read(template, written, { at, isCut })).toEqual(read(template, written, { at: [], isCut }));
        if (!isText) return;
        const others = read(template, written, { at, isCut, callableTools: new Set(["other"]) });
        expect(others).toEqual([{ type: "text", text: written }]);
      }),
      { numRuns: 60 },
    );
  });

  test("are read as a grammar writes them", () => {
    const form = forcedForm(chooseRules(template), [name]);
    const line = form.hasLines === true ? "\n" : "";
    fc.assert(
      fc.property(calls, cuts, (all, at) => {
        const values = form.separator === undefined ? all.slice(0, 1) : all;
        const written = values.map(
          (one) => form.open + line + form.name + name + form.middle + json(one) + form.nameEnd + line + form.close,
        );
        const whole = (form.begin ?? "") + written.join(form.separator ?? "") + (form.end ?? "");
        expect(parse(template, whole, { at, isForced: true })).toEqual(expected(values));
      }),
      { numRuns: 30 },
    );
  });
});
