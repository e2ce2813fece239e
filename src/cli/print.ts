import { escapeInJson, escapeUnprintable, escapeUnprintableLines } from "../base/printable.ts";

/** Columns of a terminal that a text takes: a Chinese letter takes two, a mark above a letter none. */
export function columnsOf(text: string): number {
  return Bun.stringWidth(text);
}

/** The text with spaces behind it, or before it, up to so many columns of a terminal. */
export function padTo(text: string, columns: number, side: "start" | "end" = "end"): string {
  const spaces = " ".repeat(Math.max(0, columns - columnsOf(text)));
  return side === "end" ? text + spaces : spaces + text;
}

/** Rows as columns under their headings; columns of numbers are aligned to the right. */
export function formatTable(headings: string[], rows: (string | number)[][]): string {
  const cells = [headings, ...rows.map((row) => row.map((cell) => escapeUnprintable(String(cell))))];
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => columnsOf(row[column] ?? ""))));
  const toRight = headings.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === "number"));
  return cells
    .map((row) =>
      row
        .map((cell, column) => padTo(cell, widths[column] ?? 0, toRight[column] ? "start" : "end"))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Whoever reads the output may leave early (`| head`): the rest is for nobody, and the command ends as it would have. */
export function tolerateClosedOutput(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") return;
    printError(`Cannot write the output: ${error.message}`);
    process.exit(1);
  });
  // Where nobody reads the errors, nothing can be told.
  process.stderr.on("error", () => undefined);
}

/** Lines for people. What strangers have named or said cannot move the cursor, hide or reorder text. */
export function print(text: string): void {
  process.stdout.write(`${escapeUnprintableLines(text)}\n`);
}

/** The same for standard error. */
export function printError(text: string): void {
  process.stderr.write(`${escapeUnprintableLines(text)}\n`);
}

/** Exact: what cannot be printed is written as JSON's escapes. */
export function printJson(value: unknown, indent = 2): void {
  process.stdout.write(`${escapeInJson(JSON.stringify(value, null, indent))}\n`);
}

/** `1536` → `1.5 KB`; powers of 1024. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
