import type { ReactNode } from "react";

/** One number with its name. Put several into a `<dl>` grid. */
export function Stat({ label, value, hint }: { label: ReactNode; value: ReactNode; hint?: ReactNode }) {
  return (
    <div className="min-w-0 rounded-card border border-border bg-surface px-4 py-3.5 shadow-card">
      <dt className="truncate text-[0.8125rem] text-muted">{label}</dt>
      <dd className="mt-1 truncate text-xl font-semibold tracking-tight tabular-nums">{value}</dd>
      {hint != null && <dd className="mt-0.5 truncate text-xs text-muted">{hint}</dd>}
    </div>
  );
}
