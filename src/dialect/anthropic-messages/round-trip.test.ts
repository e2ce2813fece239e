import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatMessage, ChatRequest, Part } from "../../call/index.ts";
import { plainRequest } from "../fixtures.ts";
import { decodeRequest, places } from "./decode-request.ts";
import { anthropicMessages } from "./index.ts";

const plain: ChatRequest = { ...plainRequest, model: "asked" };
const look = { name: "look", parameters: { type: "object" } };
const own = "anthropic-messages";

// What the dialect says that it can't carry is not generated: blank texts, neighbours of one role, reasoning without proof,
// parts and fields of other dialects, arguments that are no object.
describe("decode(encode(request))", () => {
  const words = fc.string({ minLength: 1, unit: "binary" }).filter((text) => text.trim() !== "");
  const cache = fc.option(fc.constant({ type: "ephemeral" }), { nil: undefined });
  const textPart = fc.record({ type: fc.constant("text" as const), text: words, cache }).map(withoutUndefined);
  const imagePart = fc.constantFrom(
    { type: "image" as const, url: "data:image/png;base64,aGk=" },
    { type: "image" as const, url: "https://example.com/a.png" },
  );
  const reasoning = fc.oneof(
    fc.record({
      type: fc.constant("reasoning" as const),
      text: fc.string(),
      signature: fc.record({ value: words, origin: fc.constant(own) }),
    }),
    words.map((value) => ({
      type: "reasoning" as const,
      text: "",
      signature: { value, origin: own, isRedacted: true as const },
    })),
  );
  const input = fc
    .dictionary(fc.string({ maxLength: 5 }), fc.jsonValue(), { maxKeys: 3 })
    .map((value) => JSON.stringify(value));
  const other = fc.constant({
    type: "other" as const,
    value: { type: "document", source: { type: "file", file_id: "f" } },
  });

  const userTurn: fc.Arbitrary<ChatMessage> = fc.record({
    role: fc.constant("user" as const),
    content: fc.array<Part>(fc.oneof(textPart, imagePart, other), { minLength: 1, maxLength: 4 }),
  });
  /** An assistant's turn, and the results of its calls. */
  const exchange = fc
    .record({
      thoughts: fc.array(reasoning, { maxLength: 2 }),
      texts: fc.array(textPart, { minLength: 1, maxLength: 2 }),
      inputs: fc.array(fc.tuple(input, fc.array(fc.oneof(textPart, imagePart), { maxLength: 2 }), fc.boolean()), {
        maxLength: 3,
      }),
      next: userTurn,
    })
    .map(({ thoughts, texts, inputs, next }) => ({ thoughts, texts, inputs, next }));

  const conversation = fc
    .tuple(fc.option(textPart, { nil: undefined }), userTurn, fc.array(exchange, { maxLength: 3 }))
    .map(([system, first, exchanges]): ChatMessage[] => [
      ...(system ? [{ role: "system", content: [system] } as ChatMessage] : []),
      first,
      ...exchanges.flatMap(({ thoughts, texts, inputs, next }, turn): ChatMessage[] => [
        {
          role: "assistant",
          content: [
            ...thoughts,
            ...texts,
            ...inputs.map(([json], index): Part => ({
              type: "tool-call",
              id: `t${turn}_${index}`,
              name: "look",
              arguments: json,
            })),
          ],
        },
        ...inputs.map(([, content, isError], index): ChatMessage => ({
          role: "tool",
          toolCallId: `t${turn}_${index}`,
          content,
          ...(isError && { isError }),
        })),
        next,
      ]),
    ]);

  const request: fc.Arbitrary<ChatRequest> = fc
    .record({
      messages: conversation,
      parallelToolCalls: fc.boolean(),
      toolChoice: fc.constantFrom<ChatRequest["toolChoice"]>(
        { type: "auto" },
        { type: "none" },
        { type: "required" },
        { type: "tool", name: "look" },
      ),
      reasoning: fc.constantFrom<ChatRequest["reasoning"]>(
        {},
        { enabled: false },
        { enabled: true, budgetTokens: 2000 },
        { enabled: true, effort: "high" },
        { effort: "low" },
      ),
      maxOutputTokens: fc.integer({ min: 1, max: 100_000 }),
      stop: fc.array(words, { maxLength: 3 }),
      sampling: fc.constantFrom<ChatRequest["sampling"]>({}, { temperature: 0.5, topP: 0.5 }, { topK: 3 }),
      responseFormat: fc.constantFrom<ChatRequest["responseFormat"]>(
        { type: "text" },
        { type: "json-schema", name: "response", schema: { type: "object" }, strict: true },
      ),
      stream: fc.boolean(),
      extensions: fc.constantFrom({}, { metadata: { user_id: "u" } }),
    })
    .map((change) => ({
      ...plain,
      ...change,
      dialect: own,
      places,
      model: "claude-x",
      tools: [{ ...look, description: "d", strict: true }],
      // There is no `none` that is serial.
      parallelToolCalls: change.toolChoice.type === "none" || change.parallelToolCalls,
      streamUsage: change.stream,
    }));

  test("is the request", () => {
    fc.assert(
      fc.property(request, (request) => {
        const { body, dropped } = anthropicMessages.encodeRequest(
          { operation: "chat", request },
          { model: "claude-x", quirks: {} },
        );
        expect(dropped).toEqual([]);
        expect(decodeRequest(JSON.parse(JSON.stringify(body)))).toEqual(request);
      }),
    );
  });

  test("keeps what other dialects ask, and never makes a turn that Anthropic refuses", () => {
    fc.assert(
      fc.property(request, (request) => {
        const { places: _, ...common } = request;
        const foreign = { ...common, dialect: "openai-chat" };
        const hasOther = foreign.messages.some(({ content }) => content.some((part) => part.type === "other"));
        if (hasOther) return;
        const { body } = anthropicMessages.encodeRequest(
          { operation: "chat", request: foreign },
          { model: "claude-x", quirks: {} },
        );
        expect(decodeRequest(JSON.parse(JSON.stringify(body))).messages).toEqual(foreign.messages);
        const roles = (body["messages"] as { role: string }[]).map(({ role }) => role);
        expect(roles.every((role, index) => role !== roles[index - 1])).toBe(true);
      }),
    );
  });
});

function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
