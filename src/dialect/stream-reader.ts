import { isUtf8 } from "node:buffer";
import { isDeepStrictEqual } from "node:util";
import { SahabError, toSahabError } from "../base/errors.ts";
import { factsOf, type AnswerEvent, type Batch, type Facts, type Usage } from "../call/index.ts";
import { checkAnswerSize } from "./answer-size.ts";
import type { Reader, StreamDecoder } from "./dialect.ts";
import { EventStreamParser, type ByteRange, type SseEvent } from "./sse.ts";
import { isObject } from "./read.ts";
import { decodeErrorObject, describesError, parseJson, saysError } from "./vendor-error.ts";

interface StreamReaderOptions {
  /** Keys whose string values are text of the answer, such as `content`. */
  textKeys: readonly string[];
  /** Most of an event that may be parsed, as `answer-size.ts` weighs it. */
  weightMax?: number;
  /** False decodes every event in full; for the test that holds both ways together. */
  usesShapes?: boolean;
}

/**
 * Reads an event stream. The decoder is the only place that knows what an event means.
 *
 * Most events of a stream differ from the one before in nothing but a few letters of text. Such an event is recognised by
 * its bytes: it begins and ends as the last decoded event did, and what is between is the inside of a JSON string. It
 * then means the same, with another text, and need not be parsed (0.6 µs instead of 1.3, framing included). Any other
 * event is decoded in full. So is the second of a shape: it proves that the text was found in the right place.
 */
export function createStreamReader(decoder: StreamDecoder, options: StreamReaderOptions): Reader {
  return new StreamReader(decoder, options);
}

/** Events that are read in one turn of the event loop take 1 to 2 ms, however small they are. */
const turnEventsMax = 1_000;

class StreamReader implements Reader {
  readonly #parser = new EventStreamParser();
  readonly #decoder: StreamDecoder;
  readonly #textKeys: readonly string[];
  readonly #usesShapes: boolean;
  readonly #weightMax: number | undefined;
  readonly #onEvent = (event: SseEvent): void => this.#take(event);
  #shape: Shape | undefined;
  #isOver = false;
  #rest: Uint8Array | undefined;
  #batches: StreamBatch[] = [];

  constructor(decoder: StreamDecoder, options: StreamReaderOptions) {
    this.#decoder = decoder;
    this.#textKeys = options.textKeys;
    this.#weightMax = options.weightMax;
    this.#usesShapes = options.usesShapes ?? true;
  }

  get isMended(): boolean {
    return this.#decoder.isMended ?? false;
  }

  get heldBytes(): number {
    return this.#parser.heldBytes;
  }

  get rest(): Uint8Array | undefined {
    return this.#isOver ? undefined : this.#rest;
  }

  push(chunk: Uint8Array): Batch[] {
    const batches: StreamBatch[] = [];
    this.#batches = batches;
    try {
      if (this.#isOver) return batches;
      const taken = this.#parser.push(chunk, this.#onEvent, turnEventsMax);
      this.#rest = taken < chunk.length ? chunk.subarray(taken) : undefined;
    } catch (error) {
      this.#fail(toSahabError(error));
    }
    return batches;
  }

  end(): Batch {
    this.#batches = [];
    const rest = this.#parser.end();
    // Some servers leave out the blank line after the last event; it counts where it was not cut off.
    if (rest && !this.#isOver) {
      try {
        if (isWhole(rest)) this.#take(rest);
        else throw new SahabError("stream_interrupted", "The vendor's stream was cut in the middle of an event");
      } catch (error) {
        this.#fail(toSahabError(error));
      }
    }
    const taken = this.#batches.at(-1);
    if (this.#isOver && taken) return withEndedLine(taken);
    const events = this.#decoder.end();
    const batch = new StreamBatch(
      taken?.raw && endLine(taken.raw),
      factsOf([...(taken?.events() ?? []), ...events], true),
    );
    batch.add(taken?.events() ?? []);
    batch.add(events);
    return batch;
  }

  #take(event: SseEvent): void {
    if (this.#isOver) return;
    if (event.isComment) {
      if (event.stray === undefined) this.#addPlain(event.raw, 0, undefined);
      else throw decodeStray(event.stray);
      return;
    }
    const data = event.dataRange;
    const shape = this.#shape;
    const match = shape && matchShape(shape, data, event.event);
    if (match && shape.isProven) {
      this.#addPlain(event.raw, match.textBytes, match);
      return;
    }
    if (data.end - data.start > shapeBytesMax)
      checkAnswerSize(data.bytes.subarray(data.start, data.end), this.#weightMax);
    const events = this.#decoder.decode(event.data, event.event);
    if (events === undefined) return;
    if (this.#decoder.isDone) events.push(...this.#decoder.end());
    const facts = factsOf(events, this.#decoder.isDone);
    this.#isOver = facts.isEnd || facts.failure !== undefined;
    // What a writer may have to change or hold back is a batch of its own.
    if (facts.usage || this.#isOver) {
      const batch = new StreamBatch(event.raw, facts);
      batch.add(events);
      this.#batches.push(batch);
    } else this.#addPlain(event.raw, facts.textBytes, events);
    if (match && isProof(match, data, events)) shape.isProven = true;
    else this.#shape = this.#usesShapes ? findShape(data, event.event, events, this.#textKeys) : undefined;
  }

  #fail(error: SahabError): void {
    this.#isOver = true;
    const events: AnswerEvent[] = [{ type: "error", error }];
    const batch = new StreamBatch(undefined, factsOf(events, false));
    batch.add(events);
    this.#batches.push(batch);
  }

  /** Neighbours in one chunk go out as one piece. */
  #addPlain(raw: Uint8Array, textBytes: number, events: Pending | undefined): void {
    const open = this.#batches.at(-1);
    if (open?.extend(raw, textBytes)) {
      if (events) open.add(events);
      return;
    }
    const batch = new StreamBatch(raw, noFacts);
    batch.textBytes = textBytes;
    if (events) batch.add(events);
    this.#batches.push(batch);
  }
}

const noFacts: Facts = { textBytes: 0, usage: undefined, isEnd: false, failure: undefined };

/** Events, or one that was recognised and not decoded. */
type Pending = readonly AnswerEvent[] | Match;

/** One or more events of the stream that lie side by side. It is its own facts. */
class StreamBatch implements Batch, Facts {
  raw: Uint8Array | undefined;
  textBytes: number;
  readonly usage: Usage | undefined;
  readonly isEnd: boolean;
  readonly failure: SahabError | undefined;
  #first: Pending | undefined;
  /** Made for the second, since most batches have one. */
  #others: Pending[] | undefined;

  constructor(raw: Uint8Array | undefined, facts: Facts) {
    this.raw = raw;
    this.textBytes = facts.textBytes;
    this.usage = facts.usage;
    this.isEnd = facts.isEnd;
    this.failure = facts.failure;
  }

  get facts(): Facts {
    return this;
  }

  events(): AnswerEvent[] {
    const all = this.#first ? [this.#first, ...(this.#others ?? [])] : [];
    return all.flatMap((pending) => (pending instanceof Match ? pending.decode() : pending));
  }

  add(pending: Pending): void {
    if (this.#first) (this.#others ??= []).push(pending);
    else this.#first = pending;
  }

  /** Takes in an event that says nothing but text; false where its bytes do not follow this batch's, or this one says more. */
  extend(raw: Uint8Array, textBytes: number): boolean {
    const own = this.raw;
    const isNeighbour = own && own.buffer === raw.buffer && own.byteOffset + own.byteLength === raw.byteOffset;
    if (!isNeighbour || this.usage || this.isEnd || this.failure) return false;
    this.raw = new Uint8Array(own.buffer, own.byteOffset, own.byteLength + raw.byteLength);
    this.textBytes += textBytes;
    return true;
  }
}

function withEndedLine(batch: StreamBatch): StreamBatch {
  if (batch.raw) batch.raw = endLine(batch.raw);
  return batch;
}

/** The bytes of an event that no blank line ended, with one. */
function endLine(raw: Uint8Array): Uint8Array {
  return Buffer.concat([raw, raw.at(-1) === 0x0a ? Buffer.from("\n") : Buffer.from("\n\n")]);
}

/** Whether what no blank line ended is all there: an event's data, or whole lines, or the beginning of a comment. */
function isWhole({ isComment, stray, data, raw }: SseEvent): boolean {
  if (stray !== undefined) return true;
  checkAnswerSize(raw);
  if (!isComment) return data.trim() === "[DONE]" || parseJson(data) !== undefined;
  const lastLine = raw.subarray(Math.max(raw.lastIndexOf("\n"), raw.lastIndexOf("\r")) + 1);
  return lastLine.length === 0 || lastLine[0] === colon;
}

const colon = 0x3a;

/** What a stray line says: an error where it is one in JSON, alone or up to the end of its line. */
function decodeStray(stray: string): SahabError {
  checkAnswerSize(Buffer.from(stray));
  const json = parseJson(stray) ?? parseJson(/^[^\r\n]*/.exec(stray)?.[0] ?? "");
  if (saysError(json) || (isObject(json) && describesError(json))) return decodeErrorObject(json);
  return new SahabError("upstream_invalid_response", "The vendor's stream has a line that is no field of an event");
}

/** How an event looks whose only news is one text. */
interface Shape {
  eventName: string;
  /** Bytes up to the opening quote of the text, that included. */
  prefix: Buffer;
  /** Bytes from the closing quote on: up to the opening quote of the padding, or to the end where there is none. */
  suffix: Buffer;
  /** Bytes from the closing quote of the padding on. */
  tail: Buffer | undefined;
  /** What followed the text in the event that the shape was found in. */
  rest: Buffer;
  /** The event that it decodes to, to be given another text. */
  template: AnswerEvent;
  field: "text" | "arguments";
  /** Another event of this shape was decoded in full, and differed in its text only. */
  isProven: boolean;
}

/** The key under which OpenAI hides the length of its texts by random letters in every event. */
const paddingStart = '"obfuscation":"';

/** The shape of an event that was just decoded; undefined where it says more than one text, or the text is not found. */
function findShape(
  range: ByteRange,
  eventName: string,
  events: readonly AnswerEvent[],
  textKeys: readonly string[],
): Shape | undefined {
  const said = events[0]?.type === "start" ? events[1] : events[0];
  if (!said || said !== events.at(-1)) return undefined;
  const isDelta =
    (said.type === "text-delta" && said.logprobs === undefined) ||
    said.type === "reasoning-delta" ||
    said.type === "tool-call-delta";
  if (!isDelta) return undefined;
  const [field, text] =
    said.type === "tool-call-delta" ? ["arguments" as const, said.arguments] : ["text" as const, said.text];
  if (text === "") return undefined;
  if (range.end - range.start > shapeBytesMax) return undefined;
  // A copy, since the shape lives as long as the stream, and a view would keep all that came with the event.
  const data = Buffer.from(range.bytes.subarray(range.start, range.end));
  const literal = JSON.stringify(text);
  const at = findValue(data, literal, textKeys);
  if (at === -1) return undefined;
  const rest = data.subarray(at + Buffer.byteLength(literal) - 1);
  const padding = rest.indexOf(paddingStart);
  const suffix = padding === -1 ? rest : rest.subarray(0, padding + paddingStart.length);
  const tail = padding === -1 ? undefined : rest.subarray(rest.indexOf(quote, suffix.length));
  return { eventName, prefix: data.subarray(0, at + 1), suffix, tail, rest, template: said, field, isProven: false };
}

/** Events of many letters are few, and not worth keeping. */
const shapeBytesMax = 16 * 1024;

/** Where the literal is the value of one of the keys, −1 where it is nowhere. The next event shows whether it was the right place. */
function findValue(data: Buffer, literal: string, keys: readonly string[]): number {
  for (let at = data.indexOf(literal); at !== -1; at = data.indexOf(literal, at + 1)) {
    const before = data.toString("latin1", Math.max(0, at - keyBytesMax), at).trimEnd();
    if (keys.some((key) => before.endsWith(`"${key}":`))) return at;
  }
  return -1;
}

const keyBytesMax = 32;

/** An event that has a shape, and where its text is. */
class Match {
  readonly shape: Shape;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly textBytes: number;

  constructor(shape: Shape, bytes: Buffer, start: number, end: number, textBytes: number) {
    this.shape = shape;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.textBytes = textBytes;
  }

  decode(): AnswerEvent {
    const { template, field } = this.shape;
    const text = JSON.parse(`"${this.bytes.toString("utf8", this.start, this.end)}"`) as string;
    return { ...template, [field]: text };
  }
}

const quote = 0x22;
const backslash = 0x5c;

/** What may follow a backslash and means one byte: `"`, `\\`, `/`, `b`, `f`, `n`, `r`, `t`. */
const shortEscapes = new Set(Buffer.from('"\\/bfnrt'));

/** Undefined for an event of another shape. Texts that are empty, hold a `\u` escape or are not UTF-8 are left to the decoder, too. */
function matchShape(shape: Shape, { bytes, start, end }: ByteRange, eventName: string): Match | undefined {
  const { prefix, suffix, tail } = shape;
  if (eventName !== shape.eventName || !hasAt(bytes, start, prefix, end)) return undefined;
  const textStart = start + prefix.length;
  let at = textStart;
  let escapes = 0;
  let isAscii = true;
  for (; bytes[at] !== quote; at++) {
    const byte = bytes[at];
    if (at >= end || byte === undefined || byte < 0x20) return undefined;
    if (byte >= 0x80) isAscii = false;
    if (byte !== backslash) continue;
    at++;
    escapes++;
    if (!shortEscapes.has(bytes[at] ?? 0)) return undefined;
  }
  const textEnd = at;
  if (textEnd === textStart || !hasAt(bytes, textEnd, suffix, end)) return undefined;
  at = textEnd + suffix.length;
  if (tail) {
    at = skipPadding(bytes, at);
    if (!hasAt(bytes, at, tail, end)) return undefined;
    at += tail.length;
  }
  if (at !== end || !(isAscii || isUtf8(bytes.subarray(textStart, textEnd)))) return undefined;
  return new Match(shape, bytes, textStart, textEnd, textEnd - textStart - escapes);
}

function hasAt(bytes: Buffer, at: number, part: Buffer, endMax: number): boolean {
  const end = at + part.length;
  return end <= endMax && bytes.compare(part, 0, part.length, at, end) === 0;
}

/** Position after letters and digits. */
function skipPadding(data: Buffer, start: number): number {
  let at = start;
  for (let byte = data[at]; byte !== undefined && isAlphanumeric(byte); byte = data[at]) at++;
  return at;
}

function isAlphanumeric(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a);
}

/**
 * Whether an event shows that the shape is right: it has another text, and other padding where there is some, and its full
 * decoding is what the shape says. Keys that occur twice, texts that are joined from several and the like do not pass.
 */
function isProof(match: Match, data: ByteRange, events: readonly AnswerEvent[]): boolean {
  const { shape } = match;
  const event = match.decode();
  if (isDeepStrictEqual(event, shape.template)) return false;
  if (shape.tail && shape.rest.equals(data.bytes.subarray(match.end, data.end))) return false;
  return isDeepStrictEqual(events, [event]);
}
