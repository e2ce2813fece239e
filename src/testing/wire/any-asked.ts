import fc from "fast-check";
import type { Asked, Call, Turn } from "./asked.ts";

/** Texts that say something: vendors refuse those of white space alone. */
const text = fc
  .oneof(
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }),
    fc.constantFrom(
      '{"a":"\\u0000"}',
      "line\r\n\r\ndata: [DONE]\n\n",
      '"\\',
      "‮abc",
      "𝄞\u{10FFFF}",
      " leading",
      "trailing\n",
    ),
  )
  .filter((one) => /\S/.test(one) && one.isWellFormed());

const name = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_-]{0,20}$/);

const argument = fc.oneof(
  text,
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.array(fc.integer(), { maxLength: 3 }),
);
/** As JSON has them, which knows no negative zero. */
const args = fc
  .dictionary(fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/), argument, { maxKeys: 4 })
  .map((value) => JSON.parse(JSON.stringify(value)) as Record<string, unknown>);

const schema = fc
  .dictionary(
    fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/),
    fc.constantFrom<object>(
      { type: "string", description: "云" },
      { type: "integer", minimum: 0 },
      { type: "array", items: { type: "string", enum: ["a", "b"] } },
      { type: "object", properties: { inner: { type: "boolean" } }, required: ["inner"], additionalProperties: false },
      { anyOf: [{ type: "string" }, { type: "null" }] },
    ),
    { maxKeys: 3 },
  )
  .map((properties) => ({
    type: "object",
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  }));

const image = fc
  .record({
    mediaType: fc.constantFrom("image/png", "image/jpeg", "image/webp"),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }),
  })
  .map(({ mediaType, bytes }) => ({
    type: "image" as const,
    mediaType,
    base64: Buffer.from(bytes).toString("base64"),
  }));

const userTurn = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: text.map((one) => ({ type: "text" as const, text: one })) },
      { weight: 1, arbitrary: image },
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts): Turn => ({ role: "user", parts }));

/** Calls of one turn and the text before them, with their results. Ids may repeat between turns, never within one. */
const stepWith = (ids: RegExp) =>
  fc
    .record({
      text: fc.option(text, { nil: "" }),
      calls: fc.uniqueArray(fc.record({ id: fc.stringMatching(ids), name, arguments: args }), {
        maxLength: 3,
        selector: ({ id }) => id,
      }),
      results: fc.array(text, { minLength: 3, maxLength: 3 }),
    })
    .filter(({ text, calls }) => text !== "" || calls.length > 0)
    .map(({ text, calls, results }): Turn[] => [
      {
        role: "assistant",
        parts: [
          ...(text === "" ? [] : [{ type: "text" as const, text }]),
          ...calls.map((call: Call) => ({ type: "call" as const, call })),
        ],
      },
      ...(calls.length === 0
        ? []
        : [
            {
              role: "tool" as const,
              results: calls.map((call, index) => ({ id: call.id, name: call.name, text: results[index] ?? "" })),
            },
          ]),
    ]);

/** A conversation that begins and ends with the user, or ends with results of tools. */
const turnsOf = (step: ReturnType<typeof stepWith>) =>
  fc
    .record({ first: userTurn, middle: fc.array(fc.tuple(step, userTurn), { maxLength: 3 }), last: fc.option(step) })
    .map(({ first, middle, last }): Turn[] => [
      first,
      ...middle.flatMap(([steps, user]) => [...steps, user]),
      ...(last?.at(-1)?.role === "tool" ? last : []),
    ]);

const tools = fc.uniqueArray(fc.record({ name, description: text, parameters: schema }), {
  maxLength: 3,
  selector: (tool) => tool.name,
});

/** Any request that all dialects can say. `ids`: what the client's dialect allows for a call. */
export const anyAsked = (ids: RegExp): fc.Arbitrary<Omit<Asked, "model">> =>
  fc
    .record({
      stream: fc.boolean(),
      system: fc.option(text, { nil: undefined }),
      turns: turnsOf(stepWith(ids)),
      tools,
      choice: fc.constantFrom("auto" as const, "none" as const, "required" as const, "first" as const, undefined),
      schema: fc.option(schema, { nil: undefined, freq: 4 }),
      maxTokens: fc.option(fc.integer({ min: 1, max: 8_000 }), { nil: undefined }),
      stop: fc.uniqueArray(
        text.filter((one) => one.length < 20),
        { maxLength: 4 },
      ),
    })
    .map(({ stream, system, turns, tools, choice, schema, maxTokens, stop }) => {
      const [first] = tools;
      const chosen = choice === "first" ? first && { name: first.name } : choice;
      return {
        stream,
        turns,
        tools,
        stop,
        ...(system !== undefined && { system }),
        ...(first && chosen !== undefined && { choice: chosen }),
        ...(schema && { schema: { name: "answer", schema } }),
        ...(maxTokens !== undefined && { maxTokens }),
      };
    });
