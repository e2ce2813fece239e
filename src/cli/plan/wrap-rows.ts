/** A name, and what stands beside it. */
export type Row = readonly [name: string, ...values: string[]];

/** Columns of the text; tables of most terminals and letters have room for as many. */
const width = 80;
const gap = "  ";
const nameWidthMin = 16;

/** Columns two spaces apart, at most 80 characters wide where the values leave room: names are wrapped. */
export function wrapRows(rows: readonly Row[], indent = ""): string {
  const places = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: places }, (_, place) =>
    Math.max(...rows.map((row) => (row[place] ?? "").length)),
  );
  const [longest = 0, ...others] = widths;
  const room = others.reduce((left, one) => left - one - gap.length, width - indent.length);
  const nameWidth = Math.max(nameWidthMin, Math.min(longest, room));
  return rows
    .flatMap(([name, ...values]) => {
      const lines = wrapWords(name, nameWidth);
      const last = (lines.pop() ?? "").padEnd(nameWidth);
      const cells = values.map((value, place) => value.padEnd(others[place] ?? 0));
      return [...lines, [last, ...cells].join(gap)];
    })
    .map((line) => (indent + line).trimEnd())
    .join("\n");
}

/** Lines of at most 80 characters. */
export function wrapText(text: string): string {
  return wrapWords(text, width).join("\n");
}

/** A word that is longer stays whole. */
function wrapWords(text: string, chars: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= chars) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
