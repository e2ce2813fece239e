import { asBuffer, type JsonField, type JsonScan } from "../json-scan.ts";
import { fieldOf, MediaWalk, textBytesOf, textOf } from "../media-walk.ts";

/**
 * Bytes of base64 in the images of a `messages` field. Only images in a place where Anthropic takes them count
 * (`messages[].content[].source` and the same inside a tool's result): elsewhere, as in a tool's input, such bytes are text to
 * the model, and leaving them out of the estimate would hide a prompt. PDFs count in full.
 */
export function inlineImageBytes(body: Uint8Array, messages: JsonField): number {
  // Most bodies have no image; looking for one costs less than a view of the messages.
  if (!asBuffer(body).includes(mark, messages.start)) return 0;
  const walk = new MediaWalk([mark]);
  let sum = 0;
  for (const message of walk.elements(asBuffer(body).subarray(messages.start, messages.end)))
    sum += bytesOfBlocks(walk, message, walk.scan(message), "message");
  return sum;
}

/** What every inline image has about it. */
const mark = Buffer.from('"base64"');

/**
 * Of the blocks of a message, or of a tool's result among these. Anthropic takes no result within a result; following them
 * would also read the innermost bytes once per level.
 */
function bytesOfBlocks(
  walk: MediaWalk,
  holder: Buffer,
  fields: JsonScan | undefined,
  kind: "message" | "tool_result",
): number {
  let sum = 0;
  for (const block of walk.elements(fieldOf(holder, fields, "content"))) {
    const found = walk.scan(block);
    const type = found && textOf(block, found, "type");
    if (type === "tool_result" && kind === "message") sum += bytesOfBlocks(walk, block, found, type);
    if (type === "image") sum += bytesOfSource(walk, fieldOf(block, found, "source"));
  }
  return sum;
}

function bytesOfSource(walk: MediaWalk, source: Buffer | undefined): number {
  const found = walk.scan(source);
  if (!source || !found || textOf(source, found, "type") !== "base64") return 0;
  return textBytesOf(source, found, "data");
}
