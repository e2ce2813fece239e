import { BadRequest } from "./bad-request.ts";

const cr = 0x0d;
const lf = 0x0a;
/** How far a head is searched for a lone LF. */
const lineFeedBytesMax = 8 * 1024;

/**
 * Where the blank line after a head begins, -1 if it has not come yet; nothing before `from` is looked at. Throws for lines
 * that end in a lone LF, since the end would never be found.
 */
export function findHeadEnd(bytes: Buffer, from = 0): number {
  const end = bytes.indexOf("\r\n\r\n", from, "latin1");
  if (end === -1 && hasLoneLineFeed(bytes, from, bytes.length)) throw loneLineFeed();
  return end;
}

/** How long the head is at least; its blank line may have begun where its end is not found. */
export function headBytes(bytes: Buffer, end: number): number {
  return end === -1 ? bytes.length - 3 : end;
}

/** The fault to tell of a head with its end: the one that would have been found, had its bytes come one by one. */
export function firstFault(found: unknown, bytes: Buffer, end: number): BadRequest {
  if (end !== -1 && hasLoneLineFeed(bytes, 0, end)) return toBadRequest(loneLineFeed());
  return toBadRequest(found);
}

function hasLoneLineFeed(bytes: Buffer, from: number, end: number): boolean {
  const last = Math.min(end, lineFeedBytesMax);
  for (let at = bytes.indexOf(lf, from); at !== -1 && at < last; at = bytes.indexOf(lf, at + 1))
    if (bytes[at - 1] !== cr) return true;
  return false;
}

const loneLineFeed = () => new Error("the head has a line that ends in LF without CR");

function toBadRequest(error: unknown): BadRequest {
  return error instanceof BadRequest ? error : new BadRequest(400, (error as Error).message);
}
