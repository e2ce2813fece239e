import { SahabError } from "../base/errors.ts";
import { GatheredBytes, ownCopy } from "../base/gathered-bytes.ts";
import { limits } from "../base/limits.ts";
import { asBuffer } from "./json-scan.ts";

const lf = 10;
const cr = 13;
const colon = 58;
const space = 32;

/**
 * Cuts the bytes of an event stream (`text/event-stream`) into events, wherever the network has split them.
 * Rules: WHATWG HTML, "Server-sent events", §9.2.6; lines end in LF, CRLF or CR, a blank line ends an event. A byte order
 * mark is dropped before, by `BodyStart`.
 *
 * The `raw` bytes of all events, one after the other, are the stream itself, so a relay may forward them unread.
 * (One exception, which changes nothing for a client: when the network cuts the last CRLF in two, its LF is left out.)
 * Nothing is copied while an event is within one chunk. The parser may keep a reference to a chunk until its last
 * event is complete, so a caller must not write into a chunk again.
 */
export class EventStreamParser {
  readonly #eventBytesMax: number;
  /** What there is of the event that is not complete yet. */
  readonly #pending = new GatheredBytes();
  /** No byte of the current line has been seen, so a line end now is a blank line. */
  #lineIsEmpty = true;
  /** Of the current event, those that have come in full. */
  #lines = 0;
  /** The last byte was a CR that ended a line: an LF that follows belongs to it. */
  #afterCr = false;
  /** How many bytes at the start of the current event are not its own: the LF of a CRLF cut in two. */
  #skip = 0;

  constructor(options: { eventBytesMax?: number } = {}) {
    this.#eventBytesMax = options.eventBytesMax ?? limits.streamEventBytesMax;
  }

  /** Bytes that wait for the rest of their event. */
  get heldBytes(): number {
    return this.#pending.length;
  }

  /**
   * Calls `onEvent` for every event that this chunk completes, in order, but for `eventsMax` at most. Returns how many bytes were
   * read; the rest, if any, is to be pushed later. Throws `upstream_invalid_response` when an event grows beyond the bound.
   */
  push(chunk: Uint8Array, onEvent: (event: SseEvent) => void, eventsMax: number = Number.POSITIVE_INFINITY): number {
    const bytes = asBuffer(chunk);
    const length = bytes.length;
    let eventStart = 0;
    let events = 0;
    let lineStart = 0;
    if (this.#afterCr && length > 0) {
      this.#afterCr = false;
      if (bytes[0] === lf) {
        lineStart++;
        if (this.#pending.length === 0) this.#skip = 1;
      }
    }
    // Each kind of line end is searched for again only where the last one found has been passed: of a kind that a chunk
    // does not have, a search per line would read all of the chunk per line.
    let nextCr = findByte(bytes, cr, lineStart);
    let nextLf = findByte(bytes, lf, lineStart);
    while (lineStart < length) {
      if (nextLf < lineStart) nextLf = findByte(bytes, lf, lineStart);
      const lineEnd = nextLf < nextCr ? nextLf : nextCr;
      if (lineEnd === length) break;
      let next = lineEnd + 1;
      if (lineEnd === nextCr) {
        if (next === length) this.#afterCr = true;
        else if (bytes[next] === lf) next++;
        nextCr = findByte(bytes, cr, next);
      }
      const isBlank = this.#lineIsEmpty && lineEnd === lineStart;
      // Blank lines behind an event are one comment, however many they are.
      if (isBlank && eventStart === lineStart && this.#pending.length === 0) {
        next = skipLineEnds(bytes, next);
        this.#afterCr = next === length && bytes[next - 1] === cr;
        if (nextCr < next) nextCr = findByte(bytes, cr, next);
      }
      this.#lineIsEmpty = true;
      lineStart = next;
      if (!isBlank) {
        if (++this.#lines > eventLinesMax) throw tooLarge(`${this.#lines} lines or more`, eventLinesMax);
        continue;
      }
      // Most chunks of a stream are one event.
      onEvent(this.#complete(eventStart === 0 && next === length ? bytes : bytes.subarray(eventStart, next)));
      eventStart = next;
      if (++events >= eventsMax) break;
    }
    if (eventStart === lineStart && events >= eventsMax) return eventStart;
    if (lineStart < length) this.#lineIsEmpty = false;
    if (eventStart < length) this.#keep(bytes.subarray(eventStart));
    return length;
  }

  /**
   * Call when the stream has ended. Returns the last event if no blank line ended it: the stream was cut, and by the rules
   * such an event is not dispatched. Undefined if nothing is left.
   */
  end(): SseEvent | undefined {
    const rest = this.#pending.length > this.#skip ? this.#complete(Buffer.alloc(0)) : undefined;
    this.#pending.clear();
    this.#lineIsEmpty = true;
    return rest;
  }

  #complete(tail: Buffer): SseEvent {
    this.#checkSize(this.#pending.length + tail.length);
    let raw = tail;
    if (this.#pending.length > 0) {
      this.#pending.append(tail);
      raw = this.#pending.take();
    }
    const event = new ParsedEvent(raw, this.#skip);
    this.#skip = 0;
    this.#lines = 0;
    return event;
  }

  #keep(tail: Buffer): void {
    this.#checkSize(this.#pending.length + tail.length);
    this.#pending.append(ownCopy(tail));
  }

  #checkSize(size: number): void {
    if (size <= this.#eventBytesMax) return;
    this.#pending.clear();
    throw tooLarge(`${size} bytes or more`, this.#eventBytesMax);
  }
}

/** A line takes up to 0.4 µs to read, and an event is read at once. JSON that is printed over several lines has a few thousand. */
const eventLinesMax = 100_000;

function tooLarge(found: string, allowed: number): SahabError {
  return new SahabError(
    "upstream_invalid_response",
    `An event of the stream has ${found}; at most ${allowed} are allowed`,
  );
}

/** One block of an event stream, up to and including its blank line. */
export interface SseEvent {
  /** The exact bytes, the blank line at the end included. */
  readonly raw: Buffer;
  /** The block has no `data` field that counts, so no client acts on it: keep-alive comments, stray blank lines, a lone `retry:`. */
  readonly isComment: boolean;
  /**
   * What begins with a line that is no field of an event, and is what a server in trouble writes: a bare JSON error, a text,
   * or llama.cpp's `error: {…}`. The data of such a block does not count. Undefined for nearly every block.
   */
  readonly stray: string | undefined;
  /**
   * Where the bytes of `data` are: from `start` up to but not including `end` of `bytes`, which are `raw` unless the data has
   * several lines, which LF joins.
   */
  readonly dataRange: ByteRange;
  readonly data: string;
  /** The `event` field; `message` where there is none. */
  readonly event: string;
  readonly id: string | undefined;
}

export interface ByteRange {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** One event whose data is the given text. Line ends in the text become several `data` lines, as the format demands. */
export function encodeSseData(text: string, event?: string): string {
  const head = event === undefined ? "" : `event: ${event}\n`;
  if (!text.includes("\n") && !text.includes("\r")) return `${head}data: ${text}\n\n`;
  const lines = text.split(/\r\n|\r|\n/);
  return `${head}${lines.map((line) => `data: ${line}\n`).join("")}\n`;
}

/** The lines of one block, parsed. The last of several equal fields counts, except for `data`, whose lines are joined. */
class ParsedEvent implements SseEvent, ByteRange {
  readonly raw: Buffer;
  bytes: Buffer;
  start = 0;
  end = 0;
  isComment = true;
  event = "message";
  id: string | undefined;
  stray: string | undefined;

  constructor(raw: Buffer, from: number) {
    this.raw = raw;
    this.bytes = raw;
    this.#parse(from);
  }

  /** The event is its own range, since one object less for each event of a stream is worth it. */
  get dataRange(): ByteRange {
    return this;
  }

  get data(): string {
    return this.bytes.toString("utf8", this.start, this.end);
  }

  #parse(from: number): void {
    const { raw } = this;
    let joined: GatheredBytes | undefined;
    let nextCr = findByte(raw, cr, from);
    let nextLf = findByte(raw, lf, from);
    for (let start = from; start < raw.length;) {
      if (nextLf < start) nextLf = findByte(raw, lf, start);
      const end = nextLf < nextCr ? nextLf : nextCr;
      const lineStart = start;
      start = end + 1;
      if (end === nextCr) nextCr = findByte(raw, cr, start);
      if (end === lineStart || raw[lineStart] === colon) continue;
      if (isField(raw, lineStart, end, dataName)) {
        const from = valueStart(raw, lineStart + dataName.length, end);
        if (this.isComment) {
          this.isComment = false;
          this.start = from;
          this.end = end;
        } else {
          if (!joined) (joined = new GatheredBytes()).append(raw.subarray(this.start, this.end));
          joined.append(newline);
          joined.append(raw.subarray(from, end));
        }
      } else if (isField(raw, lineStart, end, eventName)) {
        const at = valueStart(raw, lineStart + eventName.length, end);
        this.event = at === end ? "message" : raw.toString("utf8", at, end);
      } else if (isField(raw, lineStart, end, idName)) {
        const value = raw.toString("utf8", valueStart(raw, lineStart + idName.length, end), end);
        if (!value.includes("\0")) this.id = value;
      } else this.stray ??= findStray(raw, lineStart, end);
    }
    if (this.stray !== undefined) this.isComment = true;
    if (!joined) return;
    this.bytes = joined.take();
    this.start = 0;
    this.end = this.bytes.length;
  }
}

const newline = Buffer.of(lf);
const dataName = Buffer.from("data");
const eventName = Buffer.from("event");
const idName = Buffer.from("id");

/** From a line on that is neither of a known field nor of one that the rules tell to ignore; undefined where it is. */
function findStray(raw: Buffer, start: number, end: number): string | undefined {
  const line = raw.toString("utf8", start, end);
  // Searched for in the line alone: to the end of the event would be all of it for each line.
  const colonAt = line.indexOf(":");
  const name = colonAt === -1 ? line : line.slice(0, colonAt);
  if (name === "error") return line.slice(name.length + 1);
  const isBlank = colonAt === -1 && name.trim() === "";
  return isBlank || /^[\w.-]*$/.test(name) ? undefined : raw.toString("utf8", start);
}

/** Whether the line is of the field. Compared byte by byte, since it runs for every line of every stream. */
function isField(bytes: Buffer, start: number, end: number, name: Buffer): boolean {
  const nameEnd = start + name.length;
  if (nameEnd > end || (nameEnd < end && bytes[nameEnd] !== colon)) return false;
  for (let at = 0; at < name.length; at++) if (bytes[start + at] !== name[at]) return false;
  return true;
}

/** Where the value begins between the colon at `at` and `end`: after the one space that may follow the colon. */
function valueStart(bytes: Buffer, at: number, end: number): number {
  const start = Math.min(end, at + 1);
  return start < end && bytes[start] === space ? start + 1 : start;
}

/** Position of the first byte from `at` on that ends no line. */
function skipLineEnds(bytes: Buffer, at: number): number {
  let next = at;
  while (bytes[next] === lf || bytes[next] === cr) next++;
  return next;
}

/** Position of the byte, or the length if there is none, so that positions can be compared. */
function findByte(bytes: Buffer, byte: number, from: number): number {
  const at = bytes.indexOf(byte, from);
  return at === -1 ? bytes.length : at;
}
