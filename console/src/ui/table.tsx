import type { ReactNode } from "react";
import { cx } from "./cx.ts";

export interface Column<Row> {
  /** Unique in the table. */
  id: string;
  header: ReactNode;
  cell: (row: Row) => ReactNode;
  /** Numbers stand at the end; one with a word in it ("6.1 thousand") is written in the direction of the word. */
  isNumber?: boolean;
  /** Tailwind classes of the cells, such as a width. */
  className?: string;
  /** Left out below 640 px, where the row has room for the rest only. */
  isMinor?: boolean;
}

/** Rows under their headers; scrolls inside its frame where it is too wide. For at most 200 rows: beyond, VirtualTable. */
export function Table<Row>({
  label,
  columns,
  rows,
  keyOf,
  onRowClick,
}: {
  /** Read out as the table's name. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** For a whole row as a target of the pointer; give a link or button in a cell, too, for keys. */
  onRowClick?: (row: Row) => void;
}) {
  return (
    // Reachable by Tab, since it may scroll.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div
      role="region"
      aria-label={label}
      tabIndex={0}
      className="relative overflow-x-auto rounded-card -outline-offset-2"
    >
      <table className="w-full border-collapse text-start text-sm">
        <caption className="sr-only">{label}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.id} scope="col" className={cellClass(column, "py-2.5 text-xs font-medium text-muted")}>
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
            <tr
              key={keyOf(row)}
              onClick={onRowClick && (() => onRowClick(row))}
              className={cx("border-t border-border", onRowClick && "cursor-pointer hover:bg-sunken/60")}
            >
              {columns.map((column) => (
                <td key={column.id} className={cellClass(column, "py-2.5 align-middle")}>
                  {column.isNumber === true ? <bdi>{column.cell(row)}</bdi> : column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function cellClass<Row>({ isNumber, isMinor, className }: Column<Row>, own: string): string {
  return cx(
    "px-3 first:ps-5 last:pe-5 max-sm:px-2",
    isNumber === true ? "text-end whitespace-nowrap tabular-nums" : "text-start",
    isMinor === true && "max-sm:hidden",
    own,
    className,
  );
}
