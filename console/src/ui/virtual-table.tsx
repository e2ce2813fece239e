import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useRef } from "react";
import { cx } from "./cx.ts";
import type { Column } from "./table.tsx";

/** Rows beyond those in view that are in the document, above and below; with them a tall screen stays under 200. */
const overscan = 12;

/**
 * A list of any length: only the rows in view are in the document. All rows have one height. `grid` is the value of
 * grid-template-columns, shared by header and rows. Asks for more by `onEnd` when its end comes into view.
 */
export function VirtualTable<Row>({
  label,
  columns,
  rows,
  rowCount,
  keyOf,
  grid,
  rowHeightPx = 44,
  heightClass = "h-[calc(100dvh-18rem)] min-h-80",
  minWidthClass = "min-w-[44rem]",
  onRowClick,
  onEnd,
  onScroll,
}: {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  /** Of all rows, where it is known and more than are loaded; read out. */
  rowCount?: number;
  /** The same function each time: with another one the places of all rows are made anew, in each frame. */
  keyOf: (row: Row) => string;
  grid: string;
  rowHeightPx?: number;
  heightClass?: string;
  minWidthClass?: string;
  onRowClick?: (row: Row) => void;
  onEnd?: () => void;
  /** Told how far it is scrolled, in pixels. */
  onScroll?: (topPx: number) => void;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const getItemKey = useCallback(
    (index: number) => {
      const row = rows[index];
      return row === undefined ? index : keyOf(row);
    },
    [rows, keyOf],
  );
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowHeightPx,
    overscan,
    getItemKey,
  });
  const items = virtualizer.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const isAtEnd = rows.length > 0 && last >= rows.length - overscan;
  useEffect(() => {
    if (isAtEnd) onEnd?.();
  }, [isAtEnd, onEnd, rows.length]);

  const cellClass = ({ isNumber, className }: Column<Row>) =>
    cx(
      "min-w-0 px-3 first:ps-5 last:pe-5",
      // A number that is cut is another number.
      isNumber === true ? "text-end whitespace-nowrap tabular-nums" : "truncate text-start",
      className,
    );
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
        <div role="rowgroup" className="relative" style={{ height: virtualizer.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            return (
              // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
              <div
                key={item.key}
                role="row"
                aria-rowindex={item.index + 2}
                onClick={onRowClick && (() => onRowClick(row))}
                className={cx(
                  "absolute inset-x-0 top-0 grid items-center border-b border-border text-sm",
                  onRowClick && "cursor-pointer hover:bg-sunken/60",
                )}
                style={{ gridTemplateColumns: grid, height: rowHeightPx, transform: `translateY(${item.start}px)` }}
              >
                {columns.map((column) => (
                  <div key={column.id} role="cell" className={cellClass(column)}>
                    {column.isNumber === true ? <bdi>{column.cell(row)}</bdi> : column.cell(row)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
