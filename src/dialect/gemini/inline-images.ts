import { asBuffer, type JsonField } from "../json-scan.ts";
import { fieldOf, MediaWalk, textBytesOf, textOf } from "../media-walk.ts";

/**
 * Bytes of base64 in the images of a `contents` field (`contents[].parts[].inlineData`). Elsewhere, as in a function's answer,
 * such bytes are text to the model, and leaving them out of the estimate would hide a prompt. Other media count in full.
 */
export function inlineImageBytes(body: Uint8Array, contents: JsonField): number {
  const bytes = asBuffer(body);
  if (!marks.some((mark) => bytes.includes(mark, contents.start))) return 0;
  const walk = new MediaWalk(marks);
  let sum = 0;
  for (const content of objectsOf(walk, bytes.subarray(contents.start, contents.end))) {
    for (const part of objectsOf(walk, fieldOf(content, walk.scan(content), "parts"))) {
      const found = walk.scan(part);
      const blob = fieldOf(part, found, "inlineData") ?? fieldOf(part, found, "inline_data");
      const fields = walk.scanInner(blob);
      if (!blob || !fields) continue;
      const type = textOf(blob, fields, "mimeType") ?? textOf(blob, fields, "mime_type");
      if (type?.startsWith("image/")) sum += textBytesOf(blob, fields, "data");
    }
  }
  return sum;
}

/** One object counts as a list of one (as-list.ts). */
function objectsOf(walk: MediaWalk, list: Buffer | undefined): Iterable<Buffer> {
  return list?.[0] === openBrace ? [list] : walk.elements(list);
}

const openBrace = 0x7b;

const marks = [Buffer.from('"inlineData"'), Buffer.from('"inline_data"')];
