import { SahabError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { KeyGuard } from "./key-guard.ts";
import { asBoolean, asObject, asString, integerIn, invalidField, optional } from "./read.ts";

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** Where a top-level value is: bytes `start` up to but not including `end`, without the white space around it. */
export interface JsonField {
  start: number;
  end: number;
  /** How many elements the value has if it is an array, else undefined. */
  elements: number | undefined;
  /**
   * Bytes of strings in this value that begin with `data:` under a key that holds media (`url`, `image_url`, …): inline
   * images, which cost a vendor far fewer tokens than their length suggests. Strings under other keys are not counted, or
   * a caller could hide its prompt from the estimate. For the same reason use it only for fields that carry messages or
   * inputs: a tool's schema is all text.
   */
  inlineDataBytes: number;
}

/** The shape of a JSON object's top level. Positions are bytes. */
export interface JsonScan {
  /** The last of several equal keys is the one kept, as JSON.parse does. */
  fields: Map<string, JsonField>;
  /** Just after the opening brace. */
  insertAt: number;
  /** Where the first strings of `longStringBytes` or more are, quotes included: start and end of each in turn. Absent where there are none. */
  longStrings?: number[];
}

/** Copying a shorter string takes no longer than remembering it. */
const longStringBytes = 512;
/** More of them are in bodies of a megabyte or so, of which the rest is small by then. */
const longStringsMax = 2 * 4096;

/**
 * Finds the top-level fields of a JSON object without parsing it: a 400 KB body takes tens of microseconds.
 * Strict about the top level, about strings' ends and about brackets; what is inside nested values (stray commas,
 * bad numbers, control characters) is left to whoever parses them.
 *
 * Throws `invalid_json` with the position in the message, or `invalid_request` for what is beyond the bounds of `options`.
 */
export function scanJsonObject(body: Uint8Array, options: ScanOptions): JsonScan {
  const bytes = asBuffer(body);
  const { scan, end } = scanObjectAt(bytes, 0, options);
  if (end < bytes.length) throw invalid("expected nothing after the object", end, bytes);
  return scan;
}

export interface ScanOptions {
  depthMax: number;
  /** Finds the end of a field's value in its own way, for values that it knows; undefined leaves the value to the scan. */
  findEnd?: (key: string, start: number) => number | undefined;
  /** Refuses fields that two programs could tell apart differently. */
  keys?: KeyGuard | undefined;
  /** How many fields there may be at the top level, each time that one is repeated counted. */
  fieldsMax?: number;
  /** How many values there may be at any depth, beside those at the top level. */
  valuesMax?: number;
}

/** The same for an object that begins at `start` or after white space there; `end` is after the white space that follows it. */
export function scanObjectAt(bytes: Buffer, start: number, options: ScanOptions): { scan: JsonScan; end: number } {
  const scan: JsonScan = { fields: new Map(), insertAt: 0 };
  longStrings = undefined;
  let at = skipSpace(bytes, start);
  if (bytes[at] !== openBrace) throw invalid("expected an object", at, bytes);
  at++;
  scan.insertAt = at;
  at = skipSpace(bytes, at);
  if (bytes[at] === closeBrace) at++;
  else {
    let fieldsLeft = options.fieldsMax ?? Number.POSITIVE_INFINITY;
    valuesLeft = valuesMax = options.valuesMax ?? Number.POSITIVE_INFINITY;
    for (;;) {
      if (--fieldsLeft < 0) throw tooMany("fields", options.fieldsMax, at);
      if (bytes[at] !== quote) throw invalid("expected a field's name in double quotes", at, bytes);
      const keyEnd = skipString(bytes, at);
      if (keyEnd - at > nameBytesMax && options.fieldsMax !== undefined) throw longName(keyEnd - at, at);
      const key = findCommonKey(bytes, at, keyEnd) ?? readKey(bytes, at, keyEnd, options.keys);
      at = skipSpace(bytes, keyEnd);
      if (bytes[at] !== colon) throw invalid("expected a colon", at, bytes);
      at = skipSpace(bytes, at + 1);
      const end = options.findEnd?.(key, at);
      const field =
        end === undefined
          ? scanValue(bytes, at, key, options.depthMax)
          : { start: at, end, elements: undefined, inlineDataBytes: 0 };
      if (options.keys && scan.fields.has(key)) options.keys.checkRepeated(key);
      scan.fields.set(key, field);
      at = skipSpace(bytes, field.end);
      const byte = bytes[at];
      if (byte === closeBrace) break;
      if (byte !== comma) throw invalid("expected a comma or the object's end", at, bytes);
      at = skipSpace(bytes, at + 1);
    }
    at++;
  }
  if (longStrings) scan.longStrings = longStrings;
  return { scan, end: skipSpace(bytes, at) };
}

/** A name is made a string and kept: far more than a field's has. */
const nameBytesMax = 4096;

function longName(bytes: number, at: number): SahabError {
  return new SahabError(
    "invalid_request",
    `Cannot read the body: a field's name at byte ${at} has ${bytes} bytes; at most ${nameBytesMax} are allowed`,
  );
}

/** The string in a field, undefined when the field is absent or null; throws `invalid_request` for another type. */
export function readString(body: Uint8Array, scan: JsonScan, key: string): string | undefined {
  return optional(readScalar(body, scan, key), key, asString);
}

/** The boolean in a field, undefined when the field is absent or null; throws `invalid_request` for another type. `path` is what errors call it. */
export function readBoolean(body: Uint8Array, scan: JsonScan, key: string, path = key): boolean | undefined {
  return optional(readScalar(body, scan, key), path, asBoolean);
}

/** The whole number in a field, undefined when the field is absent or null; throws `invalid_request` for anything else or outside the bounds. */
export function readInteger(
  body: Uint8Array,
  scan: JsonScan,
  key: string,
  bounds: { min?: number; max?: number } = {},
): number | undefined {
  return optional(readScalar(body, scan, key), key, integerIn(bounds.min ?? 0, bounds.max ?? Number.MAX_SAFE_INTEGER));
}

/**
 * The whole number in a field, of 1 to 10⁹; undefined for anything else, which is the vendor's to judge. Read digit by digit: it is asked
 * for each request that has a budget.
 */
export function peekCount(body: Uint8Array, scan: JsonScan, key: string): number | undefined {
  const field = scan.fields.get(key);
  if (field === undefined || field.end - field.start > 24) return undefined;
  let count = 0;
  for (let at = field.start; at < field.end; at++) {
    const digit = (body[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return toCount(Number(asBuffer(body).toString("latin1", field.start, field.end)));
    count = count * 10 + digit;
  }
  return toCount(count);
}

/** A vendor takes `1e5` and `100.0` as well. */
function toCount(count: number): number | undefined {
  return Number.isInteger(count) && count >= 1 && count <= 1_000_000_000 ? count : undefined;
}

/**
 * The fields of the object in a field, in positions of the whole body; undefined when the field is absent or null; throws
 * `invalid_request` for another type.
 */
export function scanField(
  body: Uint8Array,
  scan: JsonScan,
  key: string,
  options: Pick<ScanOptions, "keys">,
): JsonScan | undefined {
  const field = scan.fields.get(key);
  if (field === undefined) return undefined;
  const bytes = asBuffer(body);
  if (bytes[field.start] !== openBrace) {
    optional(readScalar(body, scan, key), key, asObject);
    return undefined;
  }
  // How deep it is has been checked with the whole.
  const { jsonDepthMax: depthMax, bodyFieldsMax: fieldsMax } = limits;
  return scanObjectAt(bytes, field.start, { ...options, depthMax, fieldsMax }).scan;
}

/** The same bytes as a Buffer. A Buffer is returned as it is, since even a view of it takes half a microsecond. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Far more than a number or the name of a model has. */
const scalarBytesMax = 4096;

/** The value in a field, of which objects and lists come back empty: they are not what is expected, and may be large. */
function readScalar(body: Uint8Array, scan: JsonScan, key: string): unknown {
  const field = scan.fields.get(key);
  if (field === undefined) return undefined;
  const first = body[field.start];
  if (first === openBrace) return {};
  if (first === openBracket) return [];
  const bytes = field.end - field.start;
  if (bytes > scalarBytesMax) throw invalidField(key, `expected at most ${scalarBytesMax} bytes, found ${bytes}`);
  const text = asBuffer(body).toString("utf8", field.start, field.end);
  try {
    return JSON.parse(text);
  } catch {
    throw new SahabError("invalid_json", `Cannot read the body: ${key} at byte ${field.start} is not valid JSON`, {
      param: key,
    });
  }
}

function scanValue(bytes: Buffer, at: number, key: string, depthMax: number): JsonField {
  const byte = bytes[at];
  if (byte === quote) {
    const end = skipString(bytes, at);
    if (end - at >= longStringBytes) noteLong(at, end);
    const isMedia = startsWithData(bytes, at + 1) && mediaKeys.has(key);
    return { start: at, end, elements: undefined, inlineDataBytes: isMedia ? end - at - 2 : 0 };
  }
  if (byte === openBrace || byte === openBracket) return scanContainer(bytes, at, depthMax);
  return { start: at, end: skipLiteral(bytes, at), elements: undefined, inlineDataBytes: 0 };
}

/** Which bracket closes each depth. Shared by all scans, since a scan never awaits. */
let closers = new Uint8Array(256);
/** How many values the present scan may see in all, and how many more. */
let valuesMax = Number.POSITIVE_INFINITY;
let valuesLeft = valuesMax;
/** What the present scan has found of them. */
let longStrings: number[] | undefined;

function noteLong(start: number, end: number): void {
  longStrings ??= [];
  if (longStrings.length < longStringsMax) longStrings.push(start, end);
}

/** Follows brackets to the end of the object or array at `start`; skips strings. */
function scanContainer(bytes: Buffer, start: number, depthMax: number): JsonField {
  const length = bytes.length;
  // The top-level object is depth 1 and has no entry.
  if (closers.length <= depthMax) closers = new Uint8Array(depthMax + 1);
  const isArray = bytes[start] === openBracket;
  let depth = 1;
  let commas = 0;
  let isEmpty = true;
  let inlineDataBytes = 0;
  // Each value but the first follows a comma or a bracket that opens. In a local variable it costs nothing that can be measured.
  let left = valuesLeft;
  let at = start;
  while (at < length) {
    const byte = bytes[at] as number;
    if (byte === quote) {
      const end = skipString(bytes, at);
      if (end - at >= longStringBytes) noteLong(at, end);
      if (bytes[at + 1] === 0x64 && startsWithData(bytes, at + 1) && isUnderMediaKey(bytes, at, start))
        inlineDataBytes += end - at - 2;
      at = end;
      if (depth === 2) isEmpty = false;
      continue;
    }
    at++;
    if (byte === openBrace || byte === openBracket) {
      if (--left < 0) break;
      if (depth === 2) isEmpty = false;
      if (depth === depthMax) {
        throw new SahabError(
          "invalid_request",
          `Cannot read the body: it is nested more than ${depthMax} deep at byte ${at - 1}; at most ${depthMax} levels are allowed`,
        );
      }
      closers[depth++] = byte + 2;
    } else if (byte === closeBrace || byte === closeBracket) {
      if (closers[--depth] !== byte) throw invalid("brackets do not match", at - 1, bytes);
      if (depth === 1) {
        valuesLeft = left;
        return { start, end: at, elements: isArray ? (isEmpty ? 0 : commas + 1) : undefined, inlineDataBytes };
      }
    } else if (byte === comma) {
      if (--left < 0) break;
      if (depth === 2) commas++;
    } else if (depth === 2 && byte > 0x20) isEmpty = false;
  }
  if (left < 0) throw tooMany("values", valuesMax, at - 1);
  throw invalid("a bracket is not closed", length, bytes);
}

// Strings up to this length are read byte by byte; for longer ones a native search is faster.
const shortStringBytes = 24;

/** Position after the closing quote of the string that begins at `start`. */
export function skipString(bytes: Buffer, start: number): number {
  const length = bytes.length;
  let at = start + 1;
  for (;;) {
    const walkEnd = at + shortStringBytes < length ? at + shortStringBytes : length;
    while (at < walkEnd) {
      const byte = bytes[at];
      if (byte === quote) return at + 1;
      at += byte === backslash ? 2 : 1;
    }
    if (at >= length) break;
    const end = bytes.indexOf(quote, at);
    if (end === -1) break;
    // Here `at` is not inside an escape, so the backslashes between it and the quote show whether the quote is escaped.
    let run = end;
    while (run > at && bytes[run - 1] === backslash) run--;
    if (((end - run) & 1) === 0) return end + 1;
    at = end + 1;
  }
  throw invalid("a string is not closed", start, bytes);
}

const literalPattern = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;
/** More digits than programs write: Python stops at 4,300. */
const literalBytesMax = 16_384;

function skipLiteral(bytes: Buffer, start: number): number {
  let at = start;
  while (at < bytes.length && at - start <= literalBytesMax) {
    const byte = bytes[at] as number;
    if (byte === comma || byte === closeBrace || byte === closeBracket || byte <= 0x20) break;
    at++;
  }
  if (at - start > literalBytesMax || !literalPattern.test(bytes.toString("latin1", start, at)))
    throw invalid("expected a value", start, bytes);
  return at;
}

/** Position of the first byte from there on that is no white space of JSON; the length where there is none. */
export function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
}

/** Keys that nearly every body has, by their length: comparing bytes costs a fifth of making a string (17 against 81 ns). */
const commonKeys: { text: string; bytes: Uint8Array }[][] = [];
for (const text of [
  "model",
  "messages",
  "stream",
  "stream_options",
  "temperature",
  "max_tokens",
  "tools",
  "input",
  "id",
  "object",
  "created",
  "choices",
  "usage",
]) {
  (commonKeys[text.length] ??= []).push({ text, bytes: Buffer.from(text) });
}

function matchesAt(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}

/** A key that nearly every body has, undefined for any other. */
function findCommonKey(bytes: Buffer, start: number, end: number): string | undefined {
  for (const known of commonKeys[end - start - 2] ?? [])
    if (matchesAt(bytes, start + 1, known.bytes)) return known.text;
  return undefined;
}

/** The text of the key between two quotes. An escaped key (`mod\u0065l`) is the same key to every parser, so also here. */
function readKey(bytes: Buffer, start: number, end: number, keys: KeyGuard | undefined): string {
  let text = bytes.toString("utf8", start + 1, end - 1);
  if (text.includes("\\")) {
    try {
      text = JSON.parse(`"${text}"`) as string;
    } catch {
      throw invalid("a field's name has a bad escape", start, bytes);
    }
  }
  keys?.checkSpelling(text);
  return text;
}

const mediaKeys = new Set(["url", "image_url", "image", "video", "audio", "data", "file_data"]);
const mediaKeyBytes = [...mediaKeys].map((key) => Buffer.from(key));

function startsWithData(bytes: Buffer, at: number): boolean {
  return (
    bytes[at] === 0x64 &&
    bytes[at + 1] === 0x61 &&
    bytes[at + 2] === 0x74 &&
    bytes[at + 3] === 0x61 &&
    bytes[at + 4] === colon
  );
}

function isUnderMediaKey(bytes: Buffer, at: number, floor: number): boolean {
  return isUnderKey(bytes, at, floor, mediaKeyBytes);
}

/** Whether the string at `at` is the value of one of these keys; looks back for `"key" :`, not beyond `floor`. */
export function isUnderKey(bytes: Uint8Array, at: number, floor: number, keys: readonly Uint8Array[]): boolean {
  let back = at - 1;
  while (back > floor && (bytes[back] as number) <= 0x20) back--;
  if (bytes[back] !== colon) return false;
  back--;
  while (back > floor && (bytes[back] as number) <= 0x20) back--;
  if (bytes[back] !== quote) return false;
  const keyEnd = back--;
  while (back > floor && bytes[back] !== quote && keyEnd - back < 16) back--;
  if (bytes[back] !== quote) return false;
  for (const key of keys) if (key.length === keyEnd - back - 1 && matchesAt(bytes, back + 1, key)) return true;
  return false;
}

function tooMany(what: string, max: number | undefined, at: number): SahabError {
  return new SahabError(
    "invalid_request",
    `Cannot read the body: it has more than ${max} ${what} at byte ${at}; at most ${max} are allowed`,
  );
}

function invalid(problem: string, at: number, bytes: Buffer): SahabError {
  const where = at >= bytes.length ? `at its end (byte ${bytes.length})` : `at byte ${at}`;
  return new SahabError("invalid_json", `Cannot read the body as JSON: ${problem} ${where}`);
}
