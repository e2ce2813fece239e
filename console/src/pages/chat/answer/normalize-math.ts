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
  return text
    .replaceAll(/\\\[([\s\S]+?)\\\]/g, (_, math: string) => `\n$$\n${math.trim()}\n$$\n`)
    .replaceAll(/\\\((.+?)\\\)/g, (_, math: string) => `$$${math.trim()}$$`)
    .replaceAll(
      /(?<![\\$\w])\$(?![\s$])((?:\\.|[^\n$\\])*?)(?<![\s\\])\$(?![\d$])/g,
      (_, math: string) => `$$${math}$$`,
    );
}
