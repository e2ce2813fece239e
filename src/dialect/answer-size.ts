import { SahabError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";

/** Smaller answers are parsed in a few milliseconds, whatever they hold. */
const checkedBytesMin = 256 * 1024;

/**
 * Throws `upstream_invalid_response` for JSON that would hold up the process while it is parsed. It is weighed by what takes
 * time there: 20 to 40 ns for a value and twice that for a list or an object, 300 ns for a text that is like no other, 1.5 µs
 * for the first use of a key. What is let through takes half a second at most, and usually a tenth of that. Weighing takes
 * 1 to 2 ns a byte.
 */
export function checkAnswerSize(bytes: Uint8Array, weightMax: number = limits.answerWeightMax): void {
  if (bytes.length < checkedBytesMin || weigh(bytes, weightMax) <= weightMax) return;
  throw new SahabError(
    "upstream_invalid_response",
    `The vendor's answer of ${bytes.length} bytes has too many parts: it weighs more than ${weightMax}, where a value counts one, a list or an object two, a text four, a new key ${newKeyWeight}`,
  );
}

/** For answers of which the numbers keep all digits, which takes ten times as long. They have no probabilities of tokens. */
export const exactWeightMax: number = limits.answerWeightMax / 10;

const newKeyWeight = 40;
const keyWeight = 2;
const textWeight = 4;

/** Stops where the weight goes beyond `max`. */
function weigh(bytes: Uint8Array, max: number): number {
  const { length } = bytes;
  /** One bit for each hash of a key that has been seen. */
  const seen = new Uint32Array(seenBits / 32);
  let weight = 0;
  for (let at = 0; at < length && weight <= max; at++) {
    const byte = bytes[at];
    if (byte === comma) weight++;
    else if (byte === openBracket || byte === openBrace) weight += 2;
    else if (byte === quote) {
      const start = at + 1;
      at = stringEnd(bytes, start);
      if (bytes[skipFewSpaces(bytes, at + 1)] !== colon) {
        weight += textWeight;
        continue;
      }
      weight += keyWeight;
      const hash = hashOf(bytes, start, at);
      const word = hash >>> 5;
      const bit = 1 << (hash & 31);
      if (((seen[word] ?? 0) & bit) === 0) {
        seen[word] = (seen[word] ?? 0) | bit;
        weight += newKeyWeight;
      }
    }
  }
  return weight;
}

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const openBrace = 0x7b;
const backslash = 0x5c;

const seenBits = 1 << 20;
/** Beyond so many bytes a search by the runtime is faster than a loop. */
const shortStringBytes = 64;

/** Position of the quote that closes the string, or the end of the bytes. */
function stringEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  for (;;) {
    for (const near = Math.min(bytes.length, at + shortStringBytes); at < near; at++) {
      const byte = bytes[at];
      if (byte === quote) return at;
      if (byte === backslash) at++;
    }
    const end = bytes.indexOf(quote, at);
    if (end === -1) return bytes.length;
    let escapes = 0;
    while (end - 1 - escapes >= at && bytes[end - 1 - escapes] === backslash) escapes++;
    if (escapes % 2 === 0) return end;
    at = end + 1;
  }
}

/** More white space than a few bytes before a colon is nobody's habit; what it hides weighs less, and is longer. */
function skipFewSpaces(bytes: Uint8Array, at: number): number {
  let next = at;
  while (next < at + 8 && isSpace(bytes[next])) next++;
  return next;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0;
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at] ?? 0)) | 0;
  return (Math.imul(hash, 0x9e3779b1) >>> 0) & (seenBits - 1);
}
