import { SahabError, toSahabError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import { factsOf, type AnswerEvent, type Batch, type Facts, type Usage } from "../call/index.ts";
import { checkAnswerSize } from "./answer-size.ts";
import type { AnswerGuard, Quirks, Reader, StreamDecoder, TextFollower } from "./dialect.ts";
import { findShape, isForbiddenMatch, isProof, Match, matchShape, shapeBytesMax, type Shape } from "./event-shape.ts";
import { EventStreamParser, type SseEvent } from "./sse.ts";
import { isObject } from "./read.ts";
import { decodeErrorObject, describesError, parseJson, saysError } from "./vendor-error.ts";

interface StreamReaderOptions {
  /** Keys whose string values are text of the answer, such as `content`. */
  textKeys: readonly string[];
  guard?: AnswerGuard | undefined;
  /** The vendor's. */
  quirks?: Quirks | undefined;
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
  readonly #guard: AnswerGuard | undefined;
  readonly #quirks: Quirks | undefined;
  /** The texts of the answer, each by what it belongs to. */
  readonly #texts = new Map<string, TextFollower>();
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
    this.#guard = options.guard;
    this.#quirks = options.quirks;
  }

  get isMended(): boolean {
    return this.#decoder.isMended ?? false;
  }

  get heldBytes(): number {
    return this.#parser.heldBytes + (this.#decoder.heldBytes ?? 0);
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
      if (this.#guard?.holds(event.raw)) throw this.#guard.failure();
      else if (event.stray === undefined) this.#addPlain(event.raw, 0, undefined);
      else throw decodeStray(event.stray, this.#quirks);
      return;
    }
    const data = event.dataRange;
    const shape = this.#shape;
    const match = shape && matchShape(shape, data, event.event);
    if (match && shape.isProven) {
      // What is around the text is as in an event that was looked at.
      if (this.#guard && isForbiddenMatch(match, data.end)) {
        this.#fail(this.#guard.failure());
        return;
      }
      this.#addPlain(event.raw, match.textBytes, match);
      return;
    }
    if (data.end - data.start > shapeBytesMax)
      checkAnswerSize(data.bytes.subarray(data.start, data.end), this.#weightMax);
    const events = this.#decoder.decode(event.data, event.event);
    if (events === undefined) return;
    if (this.#decoder.isDone) events.push(...this.#decoder.end());
    const facts = factsOf(events, this.#decoder.isDone);
    // Of an error nothing but its message is passed on, masked.
    if (this.#guard && !facts.failure && this.#isForbidden(event, events, this.#guard)) {
      this.#fail(this.#guard.failure());
      return;
    }
    this.#isOver = facts.isEnd || facts.failure !== undefined;
    // What a writer may have to change or hold back is a batch of its own.
    if (facts.usage || this.#isOver) {
      const batch = new StreamBatch(event.raw, facts);
      batch.add(events);
      this.#batches.push(batch);
    } else this.#addPlain(event.raw, facts.textBytes, events, facts.hasThoughts);
    if (match && isProof(match, data, events)) shape.isProven = true;
    else
      this.#takeShape(
        this.#usesShapes && !this.#decoder.isBetween ? findShape(data, event.event, events, this.#textKeys) : undefined,
      );
  }

  #takeShape(shape: Shape | undefined): void {
    if (shape && this.#guard) {
      shape.follower = this.#followerOf(shape.template);
      if (shape.tail) shape.paddingFollower = this.#guard.follow();
    }
    this.#shape = shape;
  }

  #isForbidden({ raw }: SseEvent, events: readonly AnswerEvent[], guard: AnswerGuard): boolean {
    return guard.holds(raw) || events.some((event) => this.#follow(event));
  }

  /** Whether the text that it continues now holds what no answer may. */
  #follow(event: AnswerEvent): boolean {
    if (!("choice" in event)) return false;
    const text = "text" in event ? event.text : "arguments" in event ? event.arguments : "";
    return text !== "" && (this.#followerOf(event)?.take(text) ?? false);
  }

  #followerOf(event: AnswerEvent): TextFollower | undefined {
    if (!("choice" in event)) return undefined;
    const own = `${event.type} ${event.choice} ${"index" in event ? event.index : ""}`;
    // A vendor may name more texts than any answer has; those share one follower.
    const name = this.#texts.size < textsMax || this.#texts.has(own) ? own : "";
    let follower = this.#texts.get(name);
    if (!follower && this.#guard) this.#texts.set(name, (follower = this.#guard.follow()));
    return follower;
  }

  #fail(error: SahabError): void {
    this.#isOver = true;
    const events: AnswerEvent[] = [{ type: "error", error }];
    const batch = new StreamBatch(undefined, factsOf(events, false));
    batch.add(events);
    this.#batches.push(batch);
  }

  /** Neighbours in one chunk go out as one piece. */
  #addPlain(raw: Uint8Array, textBytes: number, events: Pending | undefined, hasThoughts = false): void {
    const open = this.#batches.at(-1);
    if (open?.extend(raw, textBytes)) {
      open.hasThoughts ||= hasThoughts;
      if (events) open.add(events);
      return;
    }
    const batch = new StreamBatch(raw, noFacts);
    batch.textBytes = textBytes;
    batch.hasThoughts = hasThoughts;
    if (events) batch.add(events);
    this.#batches.push(batch);
  }
}

/** Twice the choices of a request. */
const textsMax = 2 * limits.choicesMax;

const noFacts: Facts = { textBytes: 0, hasThoughts: false, usage: undefined, isEnd: false, failure: undefined };

/** Events, or one that was recognised and not decoded. */
type Pending = readonly AnswerEvent[] | Match;

/** One or more events of the stream that lie side by side. It is its own facts. */
class StreamBatch implements Batch, Facts {
  raw: Uint8Array | undefined;
  textBytes: number;
  hasThoughts: boolean;
  readonly usage: Usage | undefined;
  readonly isEnd: boolean;
  readonly failure: SahabError | undefined;
  #first: Pending | undefined;
  /** Made for the second, since most batches have one. */
  #others: Pending[] | undefined;

  constructor(raw: Uint8Array | undefined, facts: Facts) {
    this.raw = raw;
    this.textBytes = facts.textBytes;
    this.hasThoughts = facts.hasThoughts ?? false;
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
function decodeStray(stray: string, quirks: Quirks | undefined): SahabError {
  checkAnswerSize(Buffer.from(stray));
  const json = parseJson(stray) ?? parseJson(/^[^\r\n]*/.exec(stray)?.[0] ?? "");
  if (saysError(json) || (isObject(json) && describesError(json))) return decodeErrorObject(json, quirks);
  return new SahabError("upstream_invalid_response", "The vendor's stream has a line that is no field of an event");
}
