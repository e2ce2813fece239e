import { BadRequest } from "./bad-request.ts";

const cr = 0x0d;
const lf = 0x0a;

/**
 * Where the next request begins: empty lines before it are ignored, since some clients send one after a body (RFC 9112, §2.2).
 * Throws where the first byte is that of no method: whoever speaks TLS, or anything else, would wait for an answer that never comes.
 */
export function skipEmptyLines(bytes: Buffer): number {
  let at = 0;
  while (bytes[at] === cr && bytes[at + 1] === lf) at += 2;
  if (at === bytes.length || isEmptyLineInPart(bytes, at) || isLetter(bytes[at] ?? 0)) return at;
  throw new BadRequest(400, "this is not HTTP; plain HTTP/1.1 is spoken here");
}

/** The LF that makes it an empty line may still come. */
export function isEmptyLineInPart(bytes: Buffer, at = 0): boolean {
  return bytes[at] === cr && at + 1 === bytes.length;
}

/** All methods begin with one, though a name may begin otherwise. */
function isLetter(byte: number): boolean {
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x7a;
}
