/** The lines of a table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}

/** Text as code in a cell, exact to the letter: GitHub takes a pipe for the cell's end even within code. */
export function codeInCell(text: string): string {
  const runs = text.match(/`+/g) ?? [];
  const fence = "`".repeat(Math.max(0, ...runs.map((run) => run.length)) + 1);
  // A space on both sides is not shown; it keeps the fence from joining a backtick of the text.
  const room = fence.length > 1 ? " " : "";
  return `${fence}${room}${text}${room}${fence}`.replaceAll("|", "\\|");
}
