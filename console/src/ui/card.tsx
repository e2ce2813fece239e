import type { ReactNode } from "react";
import { cx } from "./cx.ts";

/** A framed part of a page. `isFlush` where its content has its own margins, as a table has. */
export function Card({
  title,
  description,
  actions,
  children,
  isFlush = false,
  className,
}: {
  title?: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  isFlush?: boolean;
  className?: string;
}) {
  return (
    <section className={cx("min-w-0 rounded-card border border-border bg-surface shadow-card", className)}>
      {(title != null || actions != null) && (
        <header className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-5 pt-4 pb-1">
          <div className="min-w-0">
            {title != null && <h2 className="text-[0.9375rem] font-semibold">{title}</h2>}
            {description != null && <p className="mt-0.5 text-[0.8125rem] text-muted">{description}</p>}
          </div>
          {actions != null && <div className="flex flex-wrap gap-2">{actions}</div>}
        </header>
      )}
      <div className={isFlush ? "overflow-hidden rounded-[inherit]" : "px-5 py-4"}>{children}</div>
    </section>
  );
}
