import { asBuffer, skipSpace, type JsonField, type JsonScan } from "./json-scan.ts";

/** A range of bytes to be replaced by a text. */
export interface JsonEdit {
  start: number;
  end: number;
  text: string;
}

/** The edit that gives a field a new value, written as JSON. An absent field becomes the first. */
export function setField(scan: JsonScan, key: string, json: string): JsonEdit {
  const field = scan.fields.get(key);
  if (field !== undefined) return { start: field.start, end: field.end, text: json };
  const separator = scan.fields.size === 0 ? "" : ",";
  return { start: scan.insertAt, end: scan.insertAt, text: `${JSON.stringify(key)}:${json}${separator}` };
}

/** The edits that take fields out, with their commas. At least one other field must stay. */
export function removeFields(body: Uint8Array, fields: readonly JsonField[]): JsonEdit[] {
  const edits: JsonEdit[] = [];
  for (const field of fields.toSorted((a, b) => a.start - b.start)) {
    const keyStart = findKeyStart(body, field.start);
    const after = skipSpace(body, field.end);
    const isLast = body[after] !== comma;
    const end = isLast ? field.end : skipSpace(body, after + 1);
    const before = edits.at(-1);
    const edit = before?.end === keyStart ? before : { start: keyStart, end, text: "" };
    edit.end = end;
    if (edit !== before) edits.push(edit);
    // Nothing follows the comma before it any more.
    if (isLast) edit.start = findBackwards(body, edit.start, comma);
  }
  return edits;
}

/** The edit that gives a field another name, and leaves its value where it is. */
export function renameField(body: Uint8Array, { start: valueStart }: JsonField, name: string): JsonEdit {
  const end = findBackwards(body, findBackwards(body, valueStart, colon), quote) + 1;
  return { start: findKeyStart(body, valueStart), end, text: JSON.stringify(name) };
}

/** Where the key of the value at `valueStart` begins: at its opening quote. */
function findKeyStart(body: Uint8Array, valueStart: number): number {
  let at = findBackwards(body, findBackwards(body, valueStart, colon), quote);
  for (;;) {
    at = findBackwards(body, at, quote);
    let run = at;
    while (body[run - 1] === backslash) run--;
    if (((at - run) & 1) === 0) return at;
  }
}

function findBackwards(body: Uint8Array, before: number, byte: number): number {
  let at = before - 1;
  while (at > 0 && body[at] !== byte) at--;
  return at;
}

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const backslash = 0x5c;

/**
 * The body with its edits applied, as pieces that follow each other: views of the body and the new texts between them, so
 * that nothing is copied. Edits may be in any order; they must not overlap.
 */
export function splicePieces(body: Uint8Array, edits: JsonEdit[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let read = 0;
  for (const edit of inOrder(body, edits)) {
    if (edit.start > read) pieces.push(body.subarray(read, edit.start));
    if (edit.text !== "") pieces.push(Buffer.from(edit.text));
    read = edit.end;
  }
  if (read < body.length) pieces.push(body.subarray(read));
  return pieces;
}

/** The same in one new buffer: for a small body one copy costs less than making views and joining them. */
export function spliceJson(body: Uint8Array, edits: JsonEdit[]): Buffer {
  const source = asBuffer(body);
  const ordered = inOrder(body, edits);
  let size = body.length;
  for (const edit of ordered) size += Buffer.byteLength(edit.text) - (edit.end - edit.start);
  const target = Buffer.allocUnsafe(size);
  let read = 0;
  let at = 0;
  for (const edit of ordered) {
    at += source.copy(target, at, read, edit.start);
    at += target.write(edit.text, at);
    read = edit.end;
  }
  source.copy(target, at, read);
  return target;
}

/** Throws a RangeError for edits that overlap or lie outside. */
function inOrder(body: Uint8Array, edits: JsonEdit[]): JsonEdit[] {
  const ordered = edits.length > 1 ? edits.toSorted((a, b) => a.start - b.start || a.end - b.end) : edits;
  let read = 0;
  for (const edit of ordered) {
    if (edit.start < read || edit.end < edit.start || edit.end > body.length) {
      throw new RangeError(
        `Cannot splice bytes ${edit.start} to ${edit.end}: after ${read} and within ${body.length} is allowed`,
      );
    }
    read = edit.end;
  }
  return ordered;
}
