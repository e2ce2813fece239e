import { limits } from "../../base/limits.ts";
import { asBuffer, readString, scanJsonObject, skipSpace, type JsonField, type JsonScan } from "../json-scan.ts";

/**
 * Bytes of base64 in the images of a `messages` field. Only images in a place where Anthropic takes them count
 * (`messages[].content[].source` and the same inside a tool's result): elsewhere, as in a tool's input, such bytes are text to
 * the model, and leaving them out of the estimate would hide a prompt. PDFs count in full.
 */
export function inlineImageBytes(body: Uint8Array, messages: JsonField): number {
  // Most bodies have no image; looking for one costs less than a view of the messages.
  if (!asBuffer(body).includes(mark, messages.start)) return 0;
  const bytes = asBuffer(body).subarray(messages.start, messages.end);
  scansLeft = scansMax;
  let sum = 0;
  for (const message of elements(bytes)) sum += bytesOfBlocks(message, scan(message), "message");
  return sum;
}

/** Enough for a thousand images, where models take 600. What comes after them counts in full, so that many tiny ones cost no more. */
const scansMax = 4_000;
let scansLeft = 0;

/**
 * Of the blocks of a message, or of a tool's result among these. Anthropic takes no result within a result; following them
 * would also read the innermost bytes once per level.
 */
function bytesOfBlocks(holder: Buffer, fields: JsonScan | undefined, kind: "message" | "tool_result"): number {
  const content = field(holder, fields, "content");
  if (content?.[0] !== openBracket) return 0;
  let sum = 0;
  for (const block of elements(content)) {
    const found = scan(block);
    const type = found && readText(block, found, "type");
    if (type === "tool_result" && kind === "message") sum += bytesOfBlocks(block, found, type);
    if (type === "image") sum += bytesOfSource(field(block, found, "source"));
  }
  return sum;
}

function bytesOfSource(source: Buffer | undefined): number {
  if (!source) return 0;
  const found = scan(source);
  const data = found?.fields.get("data");
  const isBase64 = found && readText(source, found, "type") === "base64";
  return isBase64 && data && source[data.start] === quote ? data.end - data.start - 2 : 0;
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBracket = 0x5b;
const openBrace = 0x7b;
/** What every inline image has about it. */
const mark = Buffer.from('"base64"');

function field(holder: Buffer, found: JsonScan | undefined, key: string): Buffer | undefined {
  const at = found?.fields.get(key);
  return at && holder.subarray(at.start, at.end);
}

/** The fields of an object that may hold an image; undefined for anything else. */
function scan(bytes: Buffer): JsonScan | undefined {
  if (bytes[skipSpace(bytes, 0)] !== openBrace || !bytes.includes(mark) || --scansLeft < 0) return undefined;
  try {
    return scanJsonObject(bytes, { depthMax: limits.jsonDepthMax, fieldsMax: limits.bodyFieldsMax });
  } catch {
    return undefined;
  }
}

function readText(bytes: Buffer, found: JsonScan, key: string): string | undefined {
  try {
    return readString(bytes, found, key);
  } catch {
    return undefined;
  }
}

/** The elements of an array whose brackets and strings are known to be closed. */
function* elements(array: Buffer): Generator<Buffer> {
  if (!array.includes(mark)) return;
  let depth = 0;
  let start = 1;
  for (let at = 0; at < array.length && scansLeft > 0; at++) {
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
