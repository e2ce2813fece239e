import { columnsOf, formatTable } from "./print.ts";

export interface TableColumn {
  title: string;
  /** Cells may be cut to so many characters where room is short; absent where they are whole or not there. */
  charsMin?: number;
  /** The column is left out where room is short, the highest number first; absent where it always stays. */
  spare?: number;
  /** Where cells are cut; in the middle unless told. */
  cutAt?: "end";
}

type Cell = string | number;

/** A table no wider than the terminal, and the titles of the columns that are not in it. */
export function fitTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly Cell[])[],
  width = terminalWidth(),
): { text: string; hidden: string[] } {
  const natural = columns.map(({ title }, place) =>
    Math.max(title.length, ...rows.map((row) => columnsOf(String(row[place] ?? "")))),
  );
  const widths = fitWidths(columns, natural, width);
  const isShown = (_: unknown, place: number) => (widths[place] ?? 0) > 0;
  const cut = (cell: Cell, place: number) =>
    typeof cell === "number" ? cell : cutTo(cell, widths[place] ?? 0, columns[place]?.cutAt);
  const text = formatTable(
    columns.filter(isShown).map(({ title }) => title),
    rows.map((row) => row.map(cut).filter(isShown)),
  );
  return { text, hidden: columns.filter((column, place) => !isShown(column, place)).map(({ title }) => title) };
}

/** The width of each column so that all fit, 0 for those that are left out. Cells are cut before a column goes. */
export function fitWidths(columns: readonly TableColumn[], natural: readonly number[], width: number): number[] {
  const widths = [...natural];
  const sum = () => widths.reduce((total, one) => total + (one > 0 ? one + gap : 0), -gap);
  for (;;) {
    const leastOf = ({ title, charsMin }: TableColumn, place: number) =>
      charsMin === undefined ? (natural[place] ?? 0) : Math.min(Math.max(charsMin, title.length), natural[place] ?? 0);
    // The widest gives first, so that short names stay whole.
    while (sum() > width) {
      const [widest] = columns
        .map((column, place) => ({
          place,
          room: (widths[place] ?? 0) - leastOf(column, place),
          is: widths[place] ?? 0,
        }))
        .filter(({ room, is }) => is > 0 && room > 0)
        .toSorted((one, other) => other.is - one.is);
      if (!widest) break;
      widths[widest.place] = widest.is - 1;
    }
    if (sum() <= width) return widths;
    const [spare] = columns
      .map(({ spare }, place) => ({ spare: spare ?? 0, place }))
      .filter(({ spare, place }) => spare > 0 && (widths[place] ?? 0) > 0)
      .toSorted((one, other) => other.spare - one.spare);
    if (!spare) return widths;
    for (const [place, is] of widths.entries()) if (is > 0) widths[place] = natural[place] ?? 0;
    widths[spare.place] = 0;
  }
}

const gap = 2;

/** Infinite where the output is no terminal and COLUMNS says nothing: then whoever reads it wants all. */
export function terminalWidth(): number {
  if (process.stdout.isTTY) return process.stdout.columns;
  const told = Number(process.env["COLUMNS"]);
  return Number.isInteger(told) && told >= 20 ? told : Number.POSITIVE_INFINITY;
}

/** The text, or as much of it as fits into so many columns of a terminal. */
export function cutTo(text: string, columns: number, at?: "end"): string {
  if (columnsOf(text) <= columns) return text;
  const letters = Array.from(text);
  const room = Math.max(0, columns - 1);
  const head = takeLetters(letters, at === "end" ? room : Math.ceil(room / 2));
  const tail = at === "end" ? "" : takeLetters(letters.toReversed(), room - columnsOf(head));
  return `${head}…${Array.from(tail).toReversed().join("")}`;
}

/** The first letters that fit into so many columns. */
function takeLetters(letters: readonly string[], columns: number): string {
  let taken = "";
  for (const letter of letters) {
    if (columnsOf(taken + letter) > columns) break;
    taken += letter;
  }
  return taken;
}
