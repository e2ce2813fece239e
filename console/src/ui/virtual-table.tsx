import { memo, useEffect, useRef, type ReactNode } from "react";
import { cx } from "./cx.ts";
import type { Column } from "./table.tsx";
import { useRowsInView } from "./use-rows-in-view.ts";

/** More rows are asked for when so few are left, so that they are there when their place comes into view. */
const rowsAhead = 50;

/** The rows of a list; an array is one. */
export type RowList<Row> = Pick<readonly Row[], "length" | "at">;

/**
 * A list of any length: only the rows in view are in the document. All rows have one height. `grid` is the value of
 * grid-template-columns, shared by header and rows. Asks for more by `onEnd` before its end comes into view.
 */
export function VirtualTable<Row>({
  label,
  columns,
  rows,
  rowCount,
  keyOf,
  grid,
  rowHeightPx = 44,
  heightClass = "max-h-[max(20rem,calc(100dvh-18rem))]",
  minWidthClass = "min-w-[44rem]",
  onRowClick,
  onEnd,
  onScroll,
}: {
  label: string;
  /** With another list all rows in view are rendered anew. */
  columns: readonly Column<Row>[];
  rows: RowList<Row>;
  /** Of all rows, where it is known and more than are loaded; read out. */
  rowCount?: number;
  keyOf: (row: Row) => string;
  grid: string;
  rowHeightPx?: number;
  heightClass?: string;
  minWidthClass?: string;
  /** As `columns`. */
  onRowClick?: (row: Row) => void;
  onEnd?: () => void;
  /** Told how far it is scrolled, in pixels. */
  onScroll?: (topPx: number) => void;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const { first, end } = useRowsInView(frame, { count: rows.length, rowHeightPx });
  const isNearEnd = rows.length > 0 && end + rowsAhead >= rows.length;
  useEffect(() => {
    if (isNearEnd) onEnd?.();
  }, [isNearEnd, onEnd, rows.length]);

  const shown = [];
  for (let index = first; index < end; index++) {
    const row = rows.at(index);
    if (row !== undefined)
      shown.push(<VirtualRow key={keyOf(row)} {...{ row, index, columns, grid, rowHeightPx, onRowClick }} />);
  }
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div
      ref={frame}
      tabIndex={0}
      role="region"
      aria-label={label}
      onScroll={onScroll && ((event) => onScroll(event.currentTarget.scrollTop))}
      className={cx("overflow-auto rounded-[inherit] -outline-offset-2", heightClass)}
    >
      <div role="table" aria-label={label} aria-rowcount={(rowCount ?? rows.length) + 1} className={minWidthClass}>
        <div role="rowgroup" className="sticky top-0 z-10 border-b border-border bg-surface">
          <div role="row" aria-rowindex={1} className="grid items-center" style={{ gridTemplateColumns: grid }}>
            {columns.map((column) => (
              <div
                key={column.id}
                role="columnheader"
                className={cx(cellClass(column), "py-2.5 text-xs font-medium text-muted")}
              >
                {column.header}
              </div>
            ))}
          </div>
        </div>
        <div role="rowgroup" className="relative" style={{ height: rows.length * rowHeightPx }}>
          {shown}
        </div>
      </div>
    </div>
  );
}

interface RowProps<Row> {
  row: Row;
  index: number;
  columns: readonly Column<Row>[];
  grid: string;
  rowHeightPx: number;
  onRowClick: ((row: Row) => void) | undefined;
}

/** Made once for each row that comes into view, and left alone while it is there. */
const VirtualRow = memo(function VirtualRow<Row>({
  row,
  index,
  columns,
  grid,
  rowHeightPx,
  onRowClick,
}: RowProps<Row>) {
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      role="row"
      aria-rowindex={index + 2}
      onClick={onRowClick && (() => onRowClick(row))}
      className={cx(
        "absolute inset-x-0 top-0 grid items-center border-b border-border text-sm",
        onRowClick && "cursor-pointer hover:bg-sunken/60",
      )}
      style={{ gridTemplateColumns: grid, height: rowHeightPx, transform: `translateY(${index * rowHeightPx}px)` }}
    >
      {columns.map((column) => (
        <div key={column.id} role="cell" className={cellClass(column)}>
          {column.isNumber === true ? <bdi>{column.cell(row)}</bdi> : column.cell(row)}
        </div>
      ))}
    </div>
  );
}) as <Row>(props: RowProps<Row>) => ReactNode;

function cellClass<Row>({ isNumber, className }: Column<Row>): string {
  return cx(
    "min-w-0 px-3 first:ps-5 last:pe-5",
    // A number that is cut is another number.
    isNumber === true ? "text-end whitespace-nowrap tabular-nums" : "truncate text-start",
    className,
  );
}
