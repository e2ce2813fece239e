import { isUtf8 } from "node:buffer";
import { isDeepStrictEqual } from "node:util";
import type { AnswerEvent } from "../call/index.ts";
import type { TextFollower } from "./dialect.ts";
import type { ByteRange } from "./sse.ts";

/** The bytes of an event that differs from the one before in one text only. */
export interface Shape {
  eventName: string;
  /** Bytes up to the opening quote of the text, that included. */
  prefix: Pattern;
  /** Bytes from the closing quote on: up to the opening quote of the padding, or to the end where there is none. */
  suffix: Pattern;
  /** Bytes from the closing quote of the padding on. */
  tail: Buffer | undefined;
  /** What followed the text in the event that the shape was found in. */
  rest: Buffer;
  /** The event that it decodes to, to be given another text. */
  template: AnswerEvent;
  field: "text" | "arguments";
  /** Of the text that it continues, where answers are looked at. */
  follower?: TextFollower | undefined;
  /** Of the letters that should be random. */
  paddingFollower?: TextFollower | undefined;
  /** Another event of this shape was decoded in full, and differed in its text only. */
  isProven: boolean;
}

/** Bytes that are the same in every event, but for the event's number where they have it. */
interface Pattern {
  head: Buffer;
  /** What follows the digits of the number; undefined where there is none. */
  rest: Buffer | undefined;
}

/** The key under which Responses number their events. */
const numberKey = '"sequence_number":';

function toPattern(bytes: Buffer): Pattern {
  const at = bytes.indexOf(numberKey);
  if (at === -1) return { head: bytes, rest: undefined };
  const digits = at + numberKey.length;
  return { head: bytes.subarray(0, digits), rest: bytes.subarray(skipDigits(bytes, digits)) };
}

/** Position after what the pattern matches at `at`; −1 where it does not. */
function matchPattern({ head, rest }: Pattern, bytes: Buffer, at: number, endMax: number): number {
  if (!hasAt(bytes, at, head, endMax)) return -1;
  const headEnd = at + head.length;
  if (!rest) return headEnd;
  const digitsEnd = skipDigits(bytes, headEnd);
  return digitsEnd > headEnd && hasAt(bytes, digitsEnd, rest, endMax) ? digitsEnd + rest.length : -1;
}

function skipDigits(bytes: Buffer, start: number): number {
  let at = start;
  for (let byte = bytes[at]; byte !== undefined && byte >= 0x30 && byte <= 0x39; byte = bytes[at]) at++;
  return at;
}

/** The key under which OpenAI hides the length of its texts by random letters in every event. */
const paddingStart = '"obfuscation":"';

/** The shape of an event that was just decoded; undefined where it says more than one text, or the text is not found. */
export function findShape(
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
  return {
    eventName,
    prefix: toPattern(data.subarray(0, at + 1)),
    suffix: toPattern(suffix),
    tail,
    rest,
    template: said,
    field,
    isProven: false,
  };
}

/** Events of many letters are few, and not worth keeping. */
export const shapeBytesMax = 16 * 1024;

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
export class Match {
  readonly shape: Shape;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  /** Where the padding begins, or the data ends. */
  readonly suffixEnd: number;
  readonly textBytes: number;

  constructor(shape: Shape, bytes: Buffer, start: number, end: number, suffixEnd: number, textBytes: number) {
    this.shape = shape;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.suffixEnd = suffixEnd;
    this.textBytes = textBytes;
  }

  decode(): AnswerEvent {
    const { template, field } = this.shape;
    const text = JSON.parse(`"${this.bytes.toString("utf8", this.start, this.end)}"`) as string;
    return { ...template, [field]: text };
  }
}

/** Whether an event's text now holds what no answer may, or its padding, which ends before what closes the data at `dataEnd`. */
export function isForbiddenMatch({ shape, bytes, start, end, suffixEnd }: Match, dataEnd: number): boolean {
  const { follower, paddingFollower, tail } = shape;
  if (follower?.takeBytes(bytes, start, end)) return true;
  return paddingFollower?.takeBytes(bytes, suffixEnd, dataEnd - (tail?.length ?? 0)) ?? false;
}

const quote = 0x22;
const backslash = 0x5c;

/** What may follow a backslash and means one byte: `"`, `\\`, `/`, `b`, `f`, `n`, `r`, `t`. */
const shortEscapes = new Set(Buffer.from('"\\/bfnrt'));

/** Undefined for an event of another shape. Texts that are empty, hold a `\u` escape or are not UTF-8 are left to the decoder, too. */
export function matchShape(shape: Shape, { bytes, start, end }: ByteRange, eventName: string): Match | undefined {
  const { prefix, suffix, tail } = shape;
  if (eventName !== shape.eventName) return undefined;
  const textStart = matchPattern(prefix, bytes, start, end);
  if (textStart === -1) return undefined;
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
  if (textEnd === textStart) return undefined;
  const suffixEnd = matchPattern(suffix, bytes, textEnd, end);
  if (suffixEnd === -1) return undefined;
  at = suffixEnd;
  if (tail) {
    at = skipPadding(bytes, at);
    if (!hasAt(bytes, at, tail, end)) return undefined;
    at += tail.length;
  }
  if (at !== end || !(isAscii || isUtf8(bytes.subarray(textStart, textEnd)))) return undefined;
  return new Match(shape, bytes, textStart, textEnd, suffixEnd, textEnd - textStart - escapes);
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
export function isProof(match: Match, data: ByteRange, events: readonly AnswerEvent[]): boolean {
  const { shape } = match;
  const event = match.decode();
  if (isDeepStrictEqual(event, shape.template)) return false;
  if (shape.tail && shape.rest.equals(data.bytes.subarray(match.end, data.end))) return false;
  return isDeepStrictEqual(events, [event]);
}
