import type { ReactNode } from "react";
import { cx } from "./cx.ts";

/** One number with its name. Put several into a `<dl>` grid. */
export function Stat({
  label,
  value,
  hint,
  className,
}: {
  label: ReactNode;
  value: ReactNode;
  hint?: ReactNode;
  className?: string;
}) {
  return (
    <div className={cx("min-w-0 rounded-card border border-border bg-surface px-4 py-3.5 shadow-card", className)}>
      <dt className="truncate text-[0.8125rem] text-muted">{label}</dt>
      <dd className="mt-1 truncate text-xl font-semibold tracking-tight tabular-nums">{value}</dd>
      {hint != null && <dd className="mt-0.5 text-xs break-words text-muted">{hint}</dd>}
    </div>
  );
}
