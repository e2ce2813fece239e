/** Shorter pieces are not worth an element of their own, and most answers stay one piece. */
const pieceCharsMin = 3_000;
const fence = /^ {0,3}(`{3,}|~{3,})/;
/** A line that goes on with what is before the empty line above it: an item of a list, a quote, a row of a table, something indented. */
const isContinued = /^(?:\s|[-+*>|]|\d+[.)]|\[)/;

/**
 * Splits a long text in Markdown into pieces that mean the same one after another, so that while it grows only its last piece is read anew.
 * It is split at empty lines outside of code and math, before a line that begins something new. Joined, the pieces are the text.
 */
export function splitBlocks(text: string): string[] {
  if (text.length < 2 * pieceCharsMin) return [text];
  const pieces: string[] = [];
  let open: string | undefined;
  let isMath = false;
  let isAfterEmpty = false;
  let start = 0;
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline + 1;
    const line = text.slice(at, end);
    if (isAfterEmpty && open === undefined && !isMath && at - start >= pieceCharsMin && !isContinued.test(line)) {
      pieces.push(text.slice(start, at));
      start = at;
    }
    const mark = fence.exec(line)?.[1];
    if (open !== undefined) {
      if (mark?.startsWith(open) === true && line.trim() === mark) open = undefined;
    } else if (mark !== undefined) open = mark;
    else isMath = isMathAfter(line, isMath);
    isAfterEmpty = line.trim() === "";
    at = end;
  }
  pieces.push(text.slice(start));
  return pieces;
}

/** Whether a formula of several lines is open behind this line. */
function isMathAfter(line: string, isBefore: boolean): boolean {
  let isOpen = isBefore;
  for (const [mark] of line.matchAll(/\$\$|\\\[|\\\]/g)) isOpen = mark === "$$" ? !isOpen : mark === "\\[";
  return isOpen;
}
