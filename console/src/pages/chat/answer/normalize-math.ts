/** Code, in which a dollar is a dollar: fences and spans of backticks, closed or to the end of what has come so far. */
const code =
  /(^|\n)(`{3,}|~{3,})[^\n]*(?:\n[\s\S]*?(?:\n\2[`~]*[ \t]*(?=\n|$)|$)|$)|(`+)(?!`)[\s\S]*?(?:(?<!`)\3(?!`)|$)/g;

/**
 * Writes math as the parser knows it, `$$…$$`: models write `\(…\)`, `\[…\]` and `$…$`, too. A single dollar opens math only where no space
 * follows it, and closes it where no space is before and no digit after it, as in Pandoc; so "$5 and $10" stays what it is.
 */
export function normalizeMath(text: string): string {
  if (!/[$\\]/.test(text)) return text;
  let written = "";
  let end = 0;
  for (const match of text.matchAll(code)) {
    written += normalizeProse(text.slice(end, match.index)) + match[0];
    end = match.index + match[0].length;
  }
  return written + normalizeProse(text.slice(end));
}

function normalizeProse(text: string): string {
  const displayed = replaceBetween(text, "\\[", "\\]", { write: (math) => `\n$$\n${math}\n$$\n` });
  const inline = { write: (math: string) => `$$${math}$$`, isOneLine: true };
  return replaceBetween(displayed, "\\(", "\\)", inline).replaceAll(
    /(?<![\\$\w])\$(?![\s$])((?:\\.|[^\n$\\])*?)(?<![\s\\])\$(?![\d$])/g,
    (_, math: string) => `$$${math}$$`,
  );
}

/** Writes what is between an opening and the next closing mark anew. Each mark is looked for once, since a text is read at each redraw. */
function replaceBetween(
  text: string,
  open: string,
  close: string,
  { write, isOneLine = false }: { write: (inner: string) => string; isOneLine?: boolean },
): string {
  let written = "";
  let [end, closed, line] = [0, 0, text.indexOf("\n")];
  for (let at = text.indexOf(open); at >= 0; at = text.indexOf(open, at + open.length)) {
    // Something is between them.
    const innerEnd = at + open.length + 1;
    if (closed < innerEnd) closed = text.indexOf(close, innerEnd);
    if (closed < 0) break;
    if (at < end) continue;
    if (isOneLine && line >= 0 && line < at) line = text.indexOf("\n", at);
    if (isOneLine && line >= 0 && line < closed) continue;
    written += text.slice(end, at) + write(text.slice(at + open.length, closed).trim());
    end = closed + close.length;
  }
  return written + text.slice(end);
}
