import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { SahabError } from "../base/errors.ts";
import { Attempt, estimateTokens, type Batch } from "../call/index.ts";
import { anthropicMessages } from "../dialect/anthropic-messages/index.ts";
import type { Dialect } from "../dialect/dialect.ts";
import { openaiChat } from "../dialect/openai-chat/index.ts";
import { parsePrices, type AttemptRecord } from "../ledger/index.ts";
import { recordingsOf } from "../testing/recordings.ts";
import { chooseSeed } from "../testing/random.ts";
import { Bill } from "./bill.ts";

// What answers cost from their bytes on: those that vendors really sent, and streams whose counts are damaged in every way that
// comes to mind. No text is free, nothing is billed that neither the vendor said nor the text explains, and estimates are marked.

const dialects: Record<"chat" | "messages", Dialect> = { chat: openaiChat, messages: anthropicMessages };
const prices = parsePrices({ currency: "USD", input: 0.001, cached_input: "0.000001", output: 0.002 });
const promptBytes = 100;

interface Billed {
  record: AttemptRecord;
  textBytes: number;
  /** Of the text that came after the last count. */
  uncountedBytes: number;
}

/** Reads the bytes as the request path does, and bills them. */
function bill(
  kind: keyof typeof dialects,
  stream: boolean,
  bytes: Uint8Array,
  pieceBytes = Number.POSITIVE_INFINITY,
): Billed {
  const answer = { operation: "chat", stream, choiceCount: 1, isRaw: true } as const;
  const reader = dialects[kind].reader({ ...answer });
  const attempt = new Attempt({ provider: "p", model: "m" });
  attempt.markSent();
  let failure: SahabError | undefined;
  let isOver = false;
  let uncountedBytes = 0;
  const take = ({ facts }: Batch) => {
    if (isOver) return;
    uncountedBytes = facts.usage ? 0 : uncountedBytes + facts.textBytes;
    attempt.note(facts);
    if (facts.textBytes > 0) attempt.markShown();
    failure = facts.failure;
    isOver = facts.isEnd || failure !== undefined;
  };
  for (let at = 0; at < bytes.length && !isOver; at += pieceBytes)
    for (const batch of reader.push(bytes.subarray(at, Math.min(bytes.length, at + pieceBytes)))) take(batch);
  if (!isOver) take(reader.end());
  attempt.close(failure);
  const outcome = failure?.code ?? "ok";
  const request = { startedMs: attempt.startedMs, operation: "chat", promptBytes, outcome } as const;
  const made = new Bill(0);
  made.begin(prices);
  return { record: made.ofAttempt(attempt, 0, request), textBytes: attempt.textBytes, uncountedBytes };
}

describe("recordings", () => {
  for (const kind of ["chat", "messages"] as const)
    for (const { name, stream, bytes } of recordingsOf(kind))
      test(`${kind}: ${name}`, () => {
        const { record, textBytes } = bill(kind, stream, bytes);
        expect(record.outcome).toBe("ok");
        if (textBytes > 0) expect(record.cost).toBeGreaterThan(0n);
        // Vendors that were recorded with their counts are believed.
        const hasCounts = /"(?:prompt|input)_tokens":\s*[1-9]/.test(Buffer.from(bytes).toString("utf8"));
        expect(record.estimated).toBe(!hasCounts);
      });
});

/** What stands where a count belongs. */
const damaged = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 300 }) },
  fc.constantFrom<unknown>(0, null, -1, 1.5, "12", "", [], {}, true, 1e300, 9_223_372_036_854_775_808),
);
type Counts = [input: unknown, output: unknown];
const counts: fc.Arbitrary<Counts> = fc.tuple(damaged, damaged);

interface ChatEvent {
  text: string;
  usage: Counts | undefined;
  place: "usage" | "choice" | "x_groq";
  names: "openai" | "anthropic";
  total: "right" | "wrong" | "absent";
  details: unknown;
}

const chatEvent: fc.Arbitrary<ChatEvent> = fc.record({
  text: fc.oneof(fc.constant(""), fc.string({ maxLength: 400, unit: "binary" }), fc.constant("word ".repeat(500))),
  usage: fc.option(counts, { nil: undefined }),
  place: fc.constantFrom("usage", "usage", "choice", "x_groq"),
  names: fc.constantFrom("openai", "openai", "anthropic"),
  total: fc.constantFrom("right", "wrong", "absent"),
  details: fc.option(fc.record({ cached_tokens: damaged }), { nil: undefined }),
});

function chatUsage({ usage, names, total, details }: ChatEvent): object | undefined {
  if (!usage) return undefined;
  const [input, output] = usage;
  const sum = Number(input) + Number(output);
  return {
    ...(names === "openai"
      ? { prompt_tokens: input, completion_tokens: output }
      : { input_tokens: input, output_tokens: output }),
    ...(total !== "absent" && { total_tokens: total === "right" ? sum : sum + 1_000 }),
    ...(details !== undefined && { prompt_tokens_details: details }),
  };
}

function chatStream(events: readonly ChatEvent[], ending: string): string {
  const chunks = events.map((event, index) => {
    const usage = chatUsage(event);
    const isLast = index === events.length - 1;
    return JSON.stringify({
      id: "c",
      object: "chat.completion.chunk",
      created: 1,
      model: "m",
      choices: [
        {
          index: 0,
          delta: { content: event.text },
          finish_reason: isLast ? "stop" : null,
          ...(event.place === "choice" && { usage }),
        },
      ],
      ...(event.place === "usage" && { usage }),
      ...(event.place === "x_groq" && { x_groq: { usage } }),
    });
  });
  return chunks.map((chunk) => `data: ${chunk}\n\n`).join("") + ending;
}

interface MessagesAnswer {
  start: Counts | undefined;
  texts: string[];
  end: Counts | undefined;
}

const messagesAnswer: fc.Arbitrary<MessagesAnswer> = fc.record({
  start: fc.option(counts, { nil: undefined }),
  texts: fc.array(fc.string({ maxLength: 400 }), { maxLength: 5 }),
  end: fc.option(counts, { nil: undefined }),
});

function messagesStream({ start, texts, end }: MessagesAnswer): string {
  const usage = (said: Counts | undefined) => said && { input_tokens: said[0], output_tokens: said[1] };
  const events = [
    {
      type: "message_start",
      message: { id: "m", type: "message", role: "assistant", model: "m", content: [], usage: usage(start) },
    },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    ...texts.map((text) => ({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } })),
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: usage(end) },
    { type: "message_stop" },
  ];
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
}

/** The counts that a vendor can have meant. */
const saidBy = (all: readonly unknown[]) =>
  all.filter((count): count is number => Number.isInteger(count) && Number(count) >= 0 && Number(count) <= 100_000_000);

/** The three promises, for an answer of which all that the vendor said is known. */
function check({ record, textBytes, uncountedBytes }: Billed, said: readonly (Counts | undefined)[]): void {
  const { inputTokens, outputTokens, estimated } = record;
  const inputs = saidBy(said.map((pair) => pair?.[0]));
  const outputs = saidBy(said.map((pair) => pair?.[1]));
  if (textBytes > 0) expect(record.cost).toBeGreaterThan(0n);
  expect(inputTokens).toBeLessThanOrEqual(Math.max(estimateTokens(promptBytes), ...inputs));
  expect(outputTokens).toBeLessThanOrEqual(Math.max(estimateTokens(textBytes), ...outputs));
  if (textBytes > 0) {
    expect(inputTokens).toBeGreaterThan(0);
    expect(outputTokens).toBeGreaterThan(0);
    // Whatever was counted in the course of the answer stays counted.
    for (const count of outputs) if (said.length === 1) expect(outputTokens).toBeGreaterThanOrEqual(count);
  }
  if (uncountedBytes > 0) expect(estimated).toBe(true);
  if (!estimated && textBytes > 0) {
    expect(inputs).toContain(inputTokens);
    expect(outputs).toContain(outputTokens);
    // Of an answer that was cut the last counts may not have come.
    if (record.outcome === "ok") expect(outputTokens).toBe(Math.max(...outputs));
  }
}

const runs = { numRuns: 5_000, seed: chooseSeed("bill-of-answers.test.ts") };
const pieceBytes = fc.constantFrom(Number.POSITIVE_INFINITY, 7, 64, 1_000);
/** The stream may be cut anywhere: the share of its bytes that comes. */
const cut = fc.oneof({ weight: 2, arbitrary: fc.constant(1) }, fc.double({ min: 0, max: 1, noNaN: true }));

test("5,000 chat streams with damaged counts", () => {
  const stream = fc.tuple(
    fc.array(chatEvent, { minLength: 1, maxLength: 6 }),
    fc.constantFrom("data: [DONE]\n\n", ""),
    pieceBytes,
    cut,
  );
  fc.assert(
    fc.property(stream, ([events, ending, size, share]) => {
      const bytes = Buffer.from(chatStream(events, ending));
      check(
        bill("chat", true, bytes.subarray(0, Math.floor(bytes.length * share)), size),
        events.map(({ usage }) => usage),
      );
    }),
    runs,
  );
});

test("5,000 streams of messages with damaged counts", () => {
  fc.assert(
    fc.property(messagesAnswer, pieceBytes, cut, (answer, size, share) => {
      const bytes = Buffer.from(messagesStream(answer));
      check(bill("messages", true, bytes.subarray(0, Math.floor(bytes.length * share)), size), [
        answer.start,
        answer.end,
      ]);
    }),
    runs,
  );
});
