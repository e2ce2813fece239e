import { escapeUnprintable } from "./printable.ts";

/** One line of CSV (RFC 4180), with its end. */
export function csvLine(cells: readonly (string | number)[]): string {
  return `${cells.map(cellOf).join(",")}\r\n`;
}

/** Users, tags and names of models are strangers' words: a spreadsheet must not run one as a formula. */
function cellOf(value: string | number): string {
  if (typeof value === "number" || /^-?\d+(?:\.\d+)?$/.test(value)) return String(value);
  const text = escapeUnprintable(/^[=+\-@]/.test(value) ? `'${value}` : value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
