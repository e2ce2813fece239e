import { limits } from "../base/limits.ts";
import { readString, scanJsonObject, skipSpace, type JsonScan } from "./json-scan.ts";

/** Enough for a thousand images, where models take 600. What comes after them counts in full, so that many tiny ones cost no more. */
const scansMax = 4_000;

/** Looks for inline media in a part of a body whose brackets and strings are known to be closed, without parsing it. */
export class MediaWalk {
  readonly #marks: readonly Buffer[];
  #scansLeft = scansMax;

  /** `marks`: texts of which everything that holds a medium has one. */
  constructor(marks: readonly Buffer[]) {
    this.#marks = marks;
  }

  /** The elements of an array that are objects. */
  *elements(array: Buffer | undefined): Generator<Buffer> {
    if (array?.[0] !== openBracket || !this.#mayHold(array)) return;
    let depth = 0;
    let start = 1;
    for (let at = 0; at < array.length && this.#scansLeft > 0; at++) {
      const byte = array[at] as number;
      if (byte === quote) at = closingQuote(array, at);
      // `[` and `{` are 0x5b and 0x7b, `]` and `}` two above them.
      else if ((byte & 0xdf) === openBracket) depth++;
      else if ((byte & 0xdf) === openBracket + 2) depth--;
      if ((byte === comma && depth === 1) || depth === 0) {
        // Of another kind of element even a view would cost more than the look.
        if (array[skipSpace(array, start)] === openBrace) yield array.subarray(start, at);
        start = at + 1;
      }
    }
  }

  /** The fields of an object that may hold a medium; undefined for anything else. */
  scan(bytes: Buffer | undefined): JsonScan | undefined {
    return bytes && this.#mayHold(bytes) ? this.scanInner(bytes) : undefined;
  }

  /** The same for an object that need not have a mark itself. */
  scanInner(bytes: Buffer | undefined): JsonScan | undefined {
    if (bytes?.[skipSpace(bytes, 0)] !== openBrace || --this.#scansLeft < 0) return undefined;
    try {
      return scanJsonObject(bytes, { depthMax: limits.jsonDepthMax, fieldsMax: limits.bodyFieldsMax });
    } catch {
      return undefined;
    }
  }

  #mayHold(bytes: Buffer): boolean {
    return this.#marks.some((mark) => bytes.includes(mark));
  }
}

/** The bytes of a field of an object that was scanned. */
export function fieldOf(holder: Buffer, found: JsonScan | undefined, key: string): Buffer | undefined {
  const at = found?.fields.get(key);
  return at && holder.subarray(at.start, at.end);
}

export function textOf(bytes: Buffer, found: JsonScan, key: string): string | undefined {
  try {
    return readString(bytes, found, key);
  } catch {
    return undefined;
  }
}

/** The bytes within the quotes of a field's text; 0 where it is none. */
export function textBytesOf(bytes: Buffer, found: JsonScan, key: string): number {
  const field = found.fields.get(key);
  return field && bytes[field.start] === quote ? field.end - field.start - 2 : 0;
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBracket = 0x5b;
const openBrace = 0x7b;

/** Of the string that begins at `start`. */
function closingQuote(bytes: Buffer, start: number): number {
  for (let at = start + 1; ;) {
    const end = bytes.indexOf(quote, at);
    if (end === -1) return bytes.length;
    let run = end;
    while (run > at && bytes[run - 1] === backslash) run--;
    if (((end - run) & 1) === 0) return end;
    at = end + 1;
  }
}
