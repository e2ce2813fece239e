import { expect, test } from "bun:test";
import fc from "fast-check";
import type { AnswerEvent, ChatEvent, ChatMessage, ChatRequest, Part } from "../../call/index.ts";
import { foldAnswer, type FoldedAnswer } from "../fold-answer.ts";
import { plainRequest } from "../fixtures.ts";
import { decodeRequest } from "./decode-request.ts";
import { encodeContent, createContentStreamEncoder } from "./encode-events.ts";
import { gemini } from "./index.ts";
import { places } from "./places.ts";

// Any neutral call that is encoded and decoded is the same, up to what the dialect states.

const own = "gemini";
const words = fc.string({ minLength: 1 }).filter((text) => text.trim() !== "" && text.isWellFormed());
const textPart = words.map((text): Part => ({ type: "text", text }));
const imagePart = fc
  .constantFrom("png", "webp")
  .map((type): Part => ({ type: "image", url: `data:image/${type};base64,AAAA` }));
const video = {
  type: "other" as const,
  value: { fileData: { fileUri: "gs://a/b", mimeType: "video/mp4" }, type: "video" },
};
const input = fc
  .dictionary(fc.string({ maxLength: 5 }), fc.jsonValue(), { maxKeys: 3 })
  .map((value) => JSON.stringify(value));
/** A proof stands before the call that it belongs to. */
const proof = words.map((value): Part => ({
  type: "reasoning",
  text: "",
  signature: { value, origin: own, isRedacted: true },
}));
const thought = fc.tuple(words, fc.option(words, { nil: undefined })).map(([text, value]): Part => ({
  type: "reasoning",
  text,
  ...(value !== undefined && { signature: { value, origin: own } }),
}));

const userTurn: fc.Arbitrary<ChatMessage> = fc.record({
  role: fc.constant("user" as const),
  content: fc.array<Part>(fc.oneof(textPart, imagePart, fc.constant(video)), { minLength: 1, maxLength: 4 }),
});

const exchange = fc.record({
  thoughts: fc.array(thought, { maxLength: 2 }),
  texts: fc.array(textPart, { minLength: 1, maxLength: 2 }),
  calls: fc.array(fc.tuple(fc.option(proof, { nil: undefined }), input, words, fc.boolean()), { maxLength: 3 }),
  next: userTurn,
});

const conversation = fc
  .tuple(fc.option(textPart, { nil: undefined }), userTurn, fc.array(exchange, { maxLength: 3 }))
  .map(([system, first, exchanges]): ChatMessage[] => [
    ...(system ? [{ role: "system", content: [system] } as ChatMessage] : []),
    first,
    ...exchanges.flatMap(({ thoughts, texts, calls, next }, turn): ChatMessage[] => [
      {
        role: "assistant",
        content: [
          ...thoughts,
          ...texts,
          ...calls.flatMap(([proof, json], index): Part[] => [
            ...(proof ? [proof] : []),
            { type: "tool-call", id: `t${turn}_${index}`, name: "look", arguments: json },
          ]),
        ],
      },
      ...calls.map(([, , text, isError], index): ChatMessage => ({
        role: "tool",
        toolCallId: `t${turn}_${index}`,
        content: [{ type: "text", text }],
        ...(isError && { isError }),
      })),
      next,
    ]),
  ]);

const request: fc.Arbitrary<ChatRequest> = fc
  .record({
    messages: conversation,
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
    maxOutputTokens: fc.option(fc.integer({ min: 1, max: 100_000 }), { nil: undefined }),
    stop: fc.array(words, { maxLength: 3 }),
    choiceCount: fc.integer({ min: 1, max: 4 }),
    topLogprobs: fc.constantFrom(undefined, 0, 5),
    sampling: fc.constantFrom<ChatRequest["sampling"]>(
      {},
      { temperature: 0.5, topP: 0.5 },
      { topK: 3, seed: 7, frequencyPenalty: 0.5, presencePenalty: -0.5 },
    ),
    responseFormat: fc.constantFrom<ChatRequest["responseFormat"]>(
      { type: "text" },
      { type: "json-object" },
      { type: "json-schema", name: "response", schema: { type: "object" } },
    ),
    stream: fc.boolean(),
    extensions: fc.constantFrom<ChatRequest["extensions"]>(
      {},
      { safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }] },
      { generationConfig: { mediaResolution: "MEDIA_RESOLUTION_LOW", thinkingConfig: { includeThoughts: false } } },
    ),
    hostedTools: fc.constantFrom<ChatRequest["hostedTools"]>(
      [],
      [{ index: 1, type: "googleSearch", value: { googleSearch: {} }, place: "tools[1].googleSearch" }],
    ),
  })
  .map((change) => ({
    ...plainRequest,
    ...change,
    // A client that wants to see no thoughts is not one that wants to see them.
    reasoning: "generationConfig" in change.extensions ? { effort: "low" } : change.reasoning,
    dialect: own,
    places,
    model: "gemini-x",
    tools: [{ name: "look", description: "d", parameters: { type: "object" } }],
    streamUsage: change.stream,
  }));

function encode(request: ChatRequest, model = "gemini-x") {
  const { body, dropped } = gemini.encodeRequest({ operation: "chat", request }, { model, quirks: {} });
  return { json: JSON.parse(JSON.stringify(body)) as unknown, dropped };
}

test("a request", () => {
  fc.assert(
    fc.property(request, (request) => {
      const { json, dropped } = encode(request);
      expect(dropped).toEqual([]);
      const decoded = decodeRequest(json, { model: "gemini-x", stream: request.stream });
      expect(decoded).toEqual(request);
    }),
  );
});

test("a request of another dialect, whose thoughts are nothing to Google", () => {
  fc.assert(
    fc.property(request, fc.constantFrom("gemini-3-pro-preview", "gemini-2.5-flash"), (request, model) => {
      const { places: _, ...common } = request;
      const foreign = { ...common, dialect: "openai-chat" };
      if (foreign.messages.some(({ content }) => content.some(({ type }) => type === "other"))) return;
      const { json } = encode(foreign, model);
      const decoded = decodeRequest(json, { model, stream: false });
      const isForeign = (part: Part) => part.type === "reasoning" && part.signature === undefined;
      const expected = foreign.messages.map((message) => ({
        ...message,
        content: message.content.filter((part) => !isForeign(part)),
      }));
      expect(decoded.messages).toEqual(expected);
      const { contents } = json as {
        contents: { role: string; parts: { functionCall?: object; thoughtSignature?: string }[] }[];
      };
      const roles = contents.map(({ role }) => role);
      expect(roles.every((role, index) => role !== roles[index - 1])).toBe(true);
      // Gemini 3 takes no turn whose first call has neither a proof nor what stands for one.
      if (model.startsWith("gemini-3"))
        for (const { parts } of contents) {
          const first = parts.find(({ functionCall }) => functionCall);
          if (first) expect(first.thoughtSignature).toBeString();
        }
    }),
  );
});

const finish = fc.constantFrom<"stop" | "length" | "content-filter">("stop", "length", "content-filter");
const deltas: fc.Arbitrary<ChatEvent[]> = fc
  .record({
    said: fc.array(
      fc.oneof(
        words.map((text): ChatEvent => ({ type: "text-delta", choice: 0, text })),
        words.map((text): ChatEvent => ({ type: "reasoning-delta", choice: 0, text })),
        words.map((value): ChatEvent => ({
          type: "reasoning-signature",
          choice: 0,
          signature: { value, origin: own, isRedacted: true },
        })),
      ),
      { maxLength: 6 },
    ),
    calls: fc.array(fc.tuple(words, input), { maxLength: 3 }),
    reason: finish,
  })
  .map(({ said, calls, reason }): ChatEvent[] => [
    { type: "start", id: "r", model: "m", createdS: 0 },
    ...said,
    ...calls.flatMap(([name, json], index): ChatEvent[] => [
      { type: "tool-call-start", choice: 0, index, id: `c${index}`, name },
      { type: "tool-call-delta", choice: 0, index, arguments: json.slice(0, 3) },
      { type: "tool-call-delta", choice: 0, index, arguments: json.slice(3) },
    ]),
    { type: "finish", choice: 0, reason: calls.length > 0 && reason === "stop" ? "tool-calls" : reason },
    {
      type: "usage",
      usage: { inputTokens: 9, cachedInputTokens: 4, cacheWriteTokens: 0, outputTokens: 7, reasoningTokens: 3 },
    },
  ]);

function readEvents(text: string, stream: boolean): AnswerEvent[] {
  const reader = gemini.reader({ operation: "chat", stream, choiceCount: 1, isRaw: false });
  return [...reader.push(Buffer.from(text)), reader.end()].flatMap((batch) => batch.events());
}

/** A proof goes with what follows it, and signatures of nothing stay where they are. */
function meaning({ choices, usage }: FoldedAnswer): unknown {
  const [choice] = choices;
  const parts = choice?.parts.map((part) =>
    part.type === "tool-call" ? { ...part, arguments: JSON.parse(part.arguments) as unknown } : part,
  );
  return { parts, finish: choice?.finish, usage };
}

test("an answer, whole and streamed in any batches", () => {
  fc.assert(
    fc.property(deltas, fc.integer({ min: 1, max: 5 }), (events, size) => {
      const expected = meaning(foldAnswer(events));
      expect(meaning(foldAnswer(readEvents(encodeContent(events), false)))).toEqual(expected);
      const encoder = createContentStreamEncoder();
      const answers: string[] = [];
      for (let at = 0; at < events.length; at += size) answers.push(...encoder.encode(events.slice(at, at + size)));
      answers.push(encoder.end());
      expect(encoder.heldBytes).toBe(0);
      const stream = answers.map((json) => `data: ${json}\n\n`).join("");
      expect(meaning(foldAnswer(readEvents(stream, true)))).toEqual(expected);
    }),
  );
});
