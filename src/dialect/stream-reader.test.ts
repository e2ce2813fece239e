import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { SahabError } from "../base/errors.ts";
import type { AnswerEvent, Batch } from "../call/index.ts";
import { recordingsOf } from "../testing/recordings.ts";
import { createMessageStreamDecoder } from "./anthropic-messages/decode-events.ts";
import type { AnswerGuard, StreamDecoder } from "./dialect.ts";
import { createCompletionStreamDecoder } from "./openai-chat/decode-completion-events.ts";
import { createChatStreamDecoder } from "./openai-chat/decode-events.ts";
import * as fixtures from "./openai-chat/fixtures.ts";
import { EventStreamParser, type SseEvent } from "./sse.ts";
import { createStreamReader } from "./stream-reader.ts";

// The fast way and the full one must say the same of every stream, wherever the network cuts it.

/** How a dialect's streams are read. */
interface Form {
  makeDecoder(): StreamDecoder;
  textKeys: readonly string[];
}

const chatKeys = ["content", "reasoning_content", "reasoning", "arguments", "text"];
const chat: Form = { makeDecoder: () => createChatStreamDecoder({ choiceCount: 1 }), textKeys: chatKeys };
const completion: Form = { makeDecoder: () => createCompletionStreamDecoder({ choiceCount: 1 }), textKeys: chatKeys };
const messages: Form = { makeDecoder: createMessageStreamDecoder, textKeys: ["text", "thinking", "partial_json"] };

interface Reading {
  batches: Batch[];
  /** How many events were decoded in full. */
  decodedCount: number;
  /** Which of them, counted from 0, must not be passed on. */
  dropped: Set<number>;
}

/** Reads as the request path does: up to the batch that is the end, or to the end of the body. */
function read(chunks: readonly Uint8Array[], form: Form, usesShapes: boolean): Reading {
  const decoder = form.makeDecoder();
  let decodedCount = 0;
  const dropped = new Set<number>();
  const counting: StreamDecoder = {
    decode(data, event) {
      const events = decoder.decode(data, event);
      if (events === undefined) dropped.add(decodedCount);
      decodedCount++;
      return events;
    },
    end: () => decoder.end(),
    get isDone() {
      return decoder.isDone;
    },
  };
  const reader = createStreamReader(counting, { textKeys: form.textKeys, usesShapes });
  const batches: Batch[] = [];
  for (const chunk of chunks) {
    for (const batch of reader.push(chunk)) {
      expect(isLast(batches.at(-1))).toBe(false);
      batches.push(batch);
    }
    if (isLast(batches.at(-1))) return { batches, decodedCount, dropped };
  }
  batches.push(reader.end());
  return { batches, decodedCount, dropped };
}

function isLast(batch: Batch | undefined): boolean {
  return batch !== undefined && (batch.facts.isEnd || batch.facts.failure !== undefined);
}

/** Everything that batches say, in a form that can be compared. */
function tell(batches: readonly Batch[]): object[] {
  return batches.map((batch) => ({
    raw: batch.raw && Buffer.from(batch.raw).toString("latin1"),
    textBytes: batch.facts.textBytes,
    usage: batch.facts.usage,
    isEnd: batch.facts.isEnd,
    failure: tellFailure(batch),
    events: batch.events().map(tellEvent),
  }));
}

/** The same for the whole stream, whatever its batches. */
function tellSum(batches: readonly Batch[]): object {
  return {
    raw: Buffer.concat(batches.map((batch) => batch.raw ?? new Uint8Array(0))).toString("latin1"),
    textBytes: batches.reduce((sum, batch) => sum + batch.facts.textBytes, 0),
    usage: batches.findLast((batch) => batch.facts.usage)?.facts.usage,
    isEnd: batches.at(-1)?.facts.isEnd,
    failure: batches.map(tellFailure).at(-1),
    events: batches.flatMap((batch) => batch.events().map(tellEvent)),
  };
}

function tellFailure({ facts: { failure } }: Batch): string | undefined {
  return failure && `${failure.code}: ${failure.message}`;
}

/** Of errors the code and the message; ids and times that a decoder made up are left out. */
function tellEvent(event: AnswerEvent): unknown {
  if (event.type === "error") return { type: "error", error: `${event.error.code}: ${event.error.message}` };
  if (event.type === "start") return { ...event, id: event.id.replace(/_.{26}$/, "_"), createdS: 0 };
  return event.type === "tool-call-start" ? { ...event, id: event.id.replace(/_.{26}$/, "_") } : event;
}

/** Both ways agree, batch for batch; and the cuts change nothing but how the events are batched. */
function checkAgreement(bytes: Uint8Array, cuts: readonly number[], form: Form): void {
  const chunks = cut(bytes, cuts);
  const fast = read(chunks, form, true).batches;
  const full = read(chunks, form, false).batches;
  expect(tell(fast)).toEqual(tell(full));
  const uncut = read([bytes], form, true).batches;
  const [cutSum, sum] = [tellSum(fast), tellSum(uncut)] as [{ raw: string }, { raw: string }];
  // The LF of the last CRLF may be left out where the network cut between the two.
  expect([sum.raw, sum.raw.replace(/\n$/, "")]).toContain(cutSum.raw);
  expect({ ...cutSum, raw: "" }).toEqual({ ...sum, raw: "" });
  // What is passed on is what came, but for events that no client could read, and the end of the last line.
  const came = without(bytes, read([bytes], form, false).dropped);
  expect(sum.raw.slice(0, came.length)).toBe(came.slice(0, sum.raw.length));
  if (sum.raw.length > came.length) expect(sum.raw).toMatch(/\n\n$/);
}

/** The stream without those of its events that have data, counted from 0. */
function without(bytes: Uint8Array, dropped: ReadonlySet<number>): string {
  const parser = new EventStreamParser();
  let kept = "";
  let count = 0;
  const keep = ({ raw, isComment }: SseEvent) => {
    if (isComment || !dropped.has(count++)) kept += raw.toString("latin1");
  };
  parser.push(bytes, keep);
  const rest = parser.end();
  if (rest) keep(rest);
  return kept;
}

/** The bytes in pieces that are cut off at the given positions. */
function cut(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const positions = [...new Set(cuts.map((at) => at % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...positions, bytes.length].map((end, index) => bytes.slice(positions[index - 1] ?? 0, end));
}

const cutsArbitrary = fc.array(fc.nat(200_000), { maxLength: 12 });

describe("recorded streams", () => {
  const recorded: [string, Uint8Array, Form][] = [
    ...Object.entries(fixtures).map(([name, text]): [string, Uint8Array, Form] => [name, Buffer.from(text), chat]),
    ...recordingsOf("chat").flatMap((recording) => rowOf(recording, chat)),
    ...recordingsOf("messages").flatMap((recording) => rowOf(recording, messages)),
  ];
  test.each(recorded)("%s", (_name, bytes, form) => {
    checkAgreement(bytes, [], form);
    fc.assert(
      fc.property(cutsArbitrary, fc.nat(bytes.length), fc.boolean(), (cuts, length, isWhole) =>
        checkAgreement(isWhole ? bytes : bytes.subarray(0, length), cuts, form),
      ),
      { numRuns: 20 },
    );
  });

  function rowOf({ name, stream, bytes }: { name: string; stream: boolean; bytes: Uint8Array }, form: Form) {
    return stream ? [[name, bytes, form] as [string, Uint8Array, Form]] : [];
  }
});

/** Texts that could be mistaken for something else. */
const textArbitrary = fc.oneof(
  fc.constantFrom(
    "",
    "x",
    "m",
    " ",
    "云",
    "assistant",
    "content",
    '"',
    "\\",
    "\\n",
    "\n",
    "\t",
    "\0",
    "\u{1f600}",
    "\ufeff",
  ),
  fc.constantFrom(
    '"content":"x"',
    '","content":"',
    '\\"content\\":\\"',
    '{"content":"x"}',
    "\ud83d",
    "x\u{10ffff}",
    "\ude00",
    "\u2028",
    "/",
  ),
  fc.string({ unit: "binary", maxLength: 6 }),
);

/** A text as a JSON string, in one of the ways to write it. */
const literalArbitrary = fc.tuple(textArbitrary, fc.nat(5)).map(([text, way]) => {
  const plain = JSON.stringify(text);
  if (way === 0) return `"${[...Array(text.length).keys()].map((at) => unicodeEscape(text, at)).join("")}"`;
  if (way === 1) return plain.replaceAll("/", "\\/").replaceAll("\\n", "\\u000A");
  return plain;
});

function unicodeEscape(text: string, at: number): string {
  return `\\u${text.charCodeAt(at).toString(16).padStart(4, "0")}`;
}

const chunkOf = (fields: string) => `{"id":"c","created":1,"model":"m",${fields}}`;
const choiceOf = (fields: string) => chunkOf(`"choices":[{"index":0,${fields}}]`);
const callOf = (fields: string) => choiceOf(`"delta":{"tool_calls":[{${fields}}]}`);

const isLong = (literal: string) => literal.length > 8;

/** Events with one text, and another that may be the same, be beside it, or take its place. */
const shapes: ((text: string, other: string) => string)[] = [
  (text) => choiceOf(`"delta":{"content":${text}}`),
  (text) => choiceOf(`"delta":{"content":${text}},"finish_reason":null`),
  (text) => chunkOf(`"choices":[{"index":1,"delta":{"content":${text}}}]`),
  (text) => choiceOf(`"delta": {"content": ${text}}`),
  (text) => choiceOf(`"delta":{"content" : ${text}}`),
  (text) => choiceOf(`"delta":{"reasoning_content":${text},"content":null}`),
  (text) => choiceOf(`"delta":{"reasoning":${text},"content":""}`),
  (text) => choiceOf(`"delta":{"refusal":${text}}`),
  (text) => choiceOf(`"delta":{"content":${text}},"logprobs":{"content":[{"token":${text},"logprob":-1}]}`),
  (text) => callOf(`"index":0,"function":{"arguments":${text}}`),
  (text) => callOf(`"function":{"arguments":${text}}`),
  (text) => callOf(`"index":0,"id":"a","function":{"name":"f","arguments":${text}}`),
  (text) => callOf(`"index":1,"id":"b","function":{"name":"g","arguments":${text}}`),
  (text) => callOf(`"id":"d","function":{"name":"g","arguments":${text}}`),
  (text) => callOf(`"function":{"name":"g","arguments":${text}}`),
  (text) => callOf(`"index":2,"function":{"arguments":{"content":${text}}}`),
  (text) => choiceOf(`"delta":{"function_call":{"name":"f","arguments":${text}}}`),
  (text) => choiceOf(`"delta":{"content":[{"type":"text","text":${text}}]}`),
  (text) => choiceOf(`"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":${text}}]}]}`),
  (text) => `{"id":"c","created":1,"model":${text},"choices":[{"index":0,"delta":{"content":${text}}}]}`,
  (text) => `{"content":${text},${chunkOf('"choices":[]').slice(1)}`,
  (text) => choiceOf(`"text":${text},"delta":{"content":${text}}`),
  (text) => choiceOf(`"text":${text}`),
  (text) => choiceOf(`"delta":{"content":"y"},"content":${text}`),
  (text) => choiceOf(`"delta":{"content":"x","content":${text}}`),
  (text) => choiceOf(`"delta":{"content":${text},"content":"x"}`),
  (text) => choiceOf(`"delta":{"content":${text},"cont\\u0065nt":"x"}`),
  (text) => choiceOf(`"delta":{"content"  :"x","a\\"content":${text}}`),
  (text) => choiceOf(`"delta":{"content" :"x"},"filter":{"content":${text}}`),
  (text) => choiceOf(`"delta":{"content":"\\u0078"},"filter":{"content":${text}}`),
  (text) => choiceOf(`"delta":{"content":[{"type":"text","text":"x"},{"type":"text","text":${text}}]}`),
  (text) => choiceOf(`"delta":{"content":[{"text":"x"},{"text":"y"}]},"filter":{"content":${text}}`),
  (text, other) => choiceOf(`"delta":{"content":${text}},"obfuscation":${other}`),
  // An event that breaks off, or finishes, after others that are the same up to there and as long.
  (text, other) => {
    const padding = `"obfuscation":"${"p".repeat(text.length)}"`;
    return chunkOf(`"choices":[{"delta":{"content":${text}}}],${padding},"error":${isLong(other) ? "true" : "null"}`);
  },
  (text, other) => choiceOf(`"delta":{"content":${text}},"finish_reason":${isLong(other) ? '"ok"' : "null"}`),
  (text, other) => choiceOf(`"delta":{"content":${text},"reasoning_content":${other}}`),
  (text, other) => choiceOf(`"delta":{"reasoning":${text},"reasoning_content":${other}}`),
  (text, other) => choiceOf(`"delta":{"content":${text}},"filter":{"content":${other}}`),
  (text, other) => choiceOf(`"delta":{"content" : ${text}},"filter":{"content":${other}}`),
  (text, other) => chunkOf(`"choices":[{"delta":{"content":${text}}},{"delta":{"content":${other}}}]`),
  (text) =>
    `${choiceOf(`"delta":{"content":${text}}`).slice(0, -1)},"usage":{"prompt_tokens":1,"completion_tokens":2}}`,
  (text) => choiceOf(`"delta":{"content":${text}},"finish_reason":""`),
  (text) => choiceOf(`"delta":{"content":${text}},"finish_reason":"stop"`),
  (text) => `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":${text}}}`,
  (text) => `{"type":"content_block_delta","index":1,"delta":{"type":"thinking_delta","thinking":${text}}}`,
  (text) => `{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":${text}}}`,
  (text, other) =>
    `{"type":"content_block_delta","index":0,"text":${other},"delta":{"type":"text_delta","text":${text}}}`,
  (text) => `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":${text}}}`,
];

const usage = '"usage":{"prompt_tokens":5,"completion_tokens":3}';

const singleArbitrary = fc.constantFrom(
  choiceOf('"delta":{"role":"assistant","content":""}'),
  choiceOf('"delta":{},"finish_reason":"stop"'),
  choiceOf('"delta":{},"finish_reason":"tool_calls"'),
  choiceOf('"delta":{},"finish_reason":"abort"'),
  choiceOf('"delta":{},"finish_reason":""'),
  chunkOf('"choices":[{"index":1,"delta":{},"finish_reason":"length"}]'),
  chunkOf(`"choices":[],${usage}`),
  choiceOf(`"delta":{},"finish_reason":"stop"`).replace(/}$/, `,${usage}}`),
  choiceOf(`${usage},"delta":{"content":"x"}`),
  '{"choices":[],"id":"","model":"","prompt_filter_results":[]}',
  '{"error":{"message":"boom","type":"server_error"}}',
  '{"object":"error","message":"no","code":400}',
  choiceOf('"delta":{"content":"x"}').slice(0, -4),
  "5",
  "null",
  "",
  " ",
  "nonsense",
  "{}",
  '{"type":"ping"}',
  chunkOf('"choices":null'),
  chunkOf(`"choices":null,${usage}`),
  chunkOf('"choices":{}'),
  chunkOf('"choices":[null]'),
  choiceOf('"message":{"content":"x"},"finish_reason":"stop"'),
  choiceOf('"delta":{},"finish_reason":"NETWORK_ERROR"'),
  choiceOf('"delta":{},"finish_reason":"something_new"'),
  chunkOf('"choices":[],"base_resp":{"status_code":1008,"status_msg":"no"}'),
  chunkOf('"choices":[],"error":{}'),
  '{"code":"Throttling","message":"no"}',
  "[DONE]",
  '{"type":"message_start","message":{"id":"m","model":"m","usage":{"input_tokens":5,"output_tokens":1}}}',
  '{"type":"content_block_start","index":1,"content_block":{"type":"thinking","thinking":""}}',
  '{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}',
  '{"type":"content_block_delta","index":1,"delta":{"type":"signature_delta","signature":"s"}}',
  '{"type":"content_block_stop","index":2}',
  '{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}}',
  '{"type":"message_delta","delta":{"stop_reason":""}}',
  '{"type":"message_delta","delta":{"stop_reason":"error"}}',
  '{"type":"message_start","message":null}',
  '{"type":"message_stop"}',
);

/** How the data of one event is put on the wire. */
const framingArbitrary = fc.oneof(
  { weight: 12, arbitrary: fc.constant((data: string) => `data: ${data}\n\n`) },
  {
    weight: 4,
    arbitrary: fc.constantFrom<((data: string) => string)[]>(
      (data) => `data:${data}\n\n`,
      (data) => `data: ${data}\r\n\r\n`,
      (data) => `data: ${data}\r\r`,
      (data) => `event: other\ndata: ${data}\n\n`,
      (data) => `event: error\ndata: ${data}\n\n`,
      (data) => `data: ${data} \n\n`,
      (data) => `data: ${data}}\n\n`,
      (data) => `id: 7\ndata: ${data}\nretry: 5\n\n`,
      (data) => `: comment\ndata: ${data}\n\n`,
      (data) => `data: ${data.replaceAll(",", ",\ndata: ")}\n\n`,
      (data) => `: comment\n\n\ndata: ${data}\n\n`,
      (data) => `${data}\n\n`,
      (data) => `data: ${data}\n${data}\n\n`,
      (data) => `data: ${data.slice(0, 9)}data: ${data}\n\n`,
      (data) => `error: ${data}\n\n`,
      (data) => `event: ping\ndata: ${data}\n\n`,
      (data) => `unknown: ${data}\n\n`,
      (data) => `data: ${data}\n`,
    ),
  },
);

/** A run of events of one shape: most texts differ, as in a real stream, and some event may be framed differently. */
const runArbitrary = fc
  .tuple(
    fc.constantFrom(...shapes),
    framingArbitrary,
    fc.array(fc.tuple(literalArbitrary, literalArbitrary, fc.option(framingArbitrary, { freq: 9 })), {
      minLength: 1,
      maxLength: 6,
    }),
  )
  .map(([shape, frame, texts]) => texts.map(([text, other, odd]) => (odd ?? frame)(shape(text, other))).join(""));

const streamArbitrary = fc
  .tuple(
    fc.constantFrom("", "\ufeff"),
    fc.array(
      fc.oneof(
        { weight: 3, arbitrary: runArbitrary },
        { weight: 1, arbitrary: fc.tuple(singleArbitrary, framingArbitrary).map(([data, frame]) => frame(data)) },
      ),
      { maxLength: 8 },
    ),
    fc.constantFrom("", "data: [DONE]\n\n", "data: [DONE]", 'event: message_stop\ndata: {"type":"message_stop"}\n\n'),
  )
  .map(([mark, parts, end]) => mark + parts.join("") + end);

/** The bytes, some cut off at the end, and with a byte that is not UTF-8 for every `\u{10ffff}`. */
function damage(text: string, missing: number): Uint8Array {
  const bytes = Buffer.from(Buffer.from(text).toString("latin1").replaceAll("\xf4\x8f\xbf\xbf", "\xff"), "latin1");
  return bytes.subarray(0, bytes.length - missing);
}

const missingArbitrary = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(40) });

test.each([
  ["chat", chat],
  ["completion", completion],
  ["messages", messages],
])("streams of any kind, read as %s: the fast way and the full one agree", (_name, form) => {
  fc.assert(
    fc.property(streamArbitrary, missingArbitrary, cutsArbitrary, (text, missing, cuts) =>
      checkAgreement(damage(text, missing), cuts, form),
    ),
    { numRuns: 2000 },
  );
});

describe("the fast way is taken: less than a quarter of an ordinary stream is decoded in full", () => {
  const made = (padding: (index: number) => string) =>
    Array.from({ length: 100 }, (_, index) => {
      const fields = `"choices":[{"index":0,"delta":{"content":" word ${index} 云\\n"},"finish_reason":null}]`;
      return `data: ${chunkOf(fields + padding(index))}\n\n`;
    }).join("");
  const ordinary: [string, Uint8Array][] = [
    ["plain", Buffer.from(made(() => ""))],
    ["padded", Buffer.from(made((index) => `,"obfuscation":"${"aB9".repeat(index % 5)}${index}"`))],
    ...recordingsOf("chat")
      .filter(({ stream, bytes }) => stream && bytes.length > 40_000)
      .map(({ name, bytes }): [string, Uint8Array] => [name, bytes]),
  ];
  test.each(ordinary)("%s", (_name, bytes) => {
    const eventCount = Buffer.from(bytes).toString("latin1").split("\n\n").length - 1;
    expect(eventCount).toBeGreaterThanOrEqual(100);
    expect(read([bytes], chat, true).decodedCount).toBeLessThan(eventCount / 4);
  });
});

test("looking for secrets costs an ordinary event no more than its text", () => {
  let heldCount = 0;
  let followedBytes = 0;
  const guard: AnswerGuard = {
    holds: () => (heldCount++, false),
    follow: () => ({
      take: (text) => ((followedBytes += text.length), false),
      takeBytes: (_, start, end) => ((followedBytes += end - start), false),
    }),
    failure: () => new SahabError("upstream_invalid_response", "never"),
  };
  const words = Array.from({ length: 1_000 }, (_, at) => `word${at} `);
  const event = (content: string) => `data: {"choices":[{"index":0,"delta":{"content":"${content}"}}]}\n\n`;
  const reader = createStreamReader(chat.makeDecoder(), { textKeys: chatKeys, guard });
  for (const word of words) reader.push(Buffer.from(event(word)));
  expect(followedBytes).toBe(words.join("").length);
  expect(heldCount).toBeLessThan(5);
});
