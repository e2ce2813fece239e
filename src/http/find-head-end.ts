const cr = 0x0d;
const lf = 0x0a;
/** How far a head without its end is searched for a lone LF. */
const lineFeedBytesMax = 8 * 1024;

/**
 * Where the blank line after a head begins, -1 if it has not come yet; nothing before `from` is looked at. Throws for lines
 * that end in a lone LF, since the end would never be found.
 */
export function findHeadEnd(bytes: Buffer, from = 0): number {
  const end = bytes.indexOf("\r\n\r\n", from, "latin1");
  if (end !== -1) return end;
  for (let at = bytes.indexOf(lf, from); at !== -1 && at < lineFeedBytesMax; at = bytes.indexOf(lf, at + 1))
    if (bytes[at - 1] !== cr) throw new Error("the head has a line that ends in LF without CR");
  return -1;
}
