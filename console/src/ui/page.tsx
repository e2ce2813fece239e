import { useEffect, type ReactNode } from "react";
import { cx } from "./cx.ts";

/** The frame of each page: its title (also the browser's), what acts on it, its content. */
export function Page({
  title,
  description,
  actions,
  children,
  isWide = false,
}: {
  title: string;
  description?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  /** For tables and charts. */
  isWide?: boolean;
}) {
  useEffect(() => {
    document.title = `${title} · Sahab`;
  }, [title]);
  return (
    <div className={cx("mx-auto w-full px-4 py-5 sm:px-6 sm:py-7 lg:px-8", isWide ? "max-w-[90rem]" : "max-w-6xl")}>
      <PageHeader title={title} description={description} actions={actions} />
      {children}
    </div>
  );
}

export function PageHeader({
  title,
  description,
  actions,
}: {
  title: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <header className="mb-5 flex flex-wrap items-end justify-between gap-x-6 gap-y-3 sm:mb-6">
      <div className="min-w-0">
        <h1 className="text-xl break-words font-semibold tracking-tight sm:text-[1.375rem]">{title}</h1>
        {description != null && <p className="mt-1 max-w-[65ch] text-sm text-muted">{description}</p>}
      </div>
      {actions != null && <div className="flex max-w-full flex-wrap gap-2">{actions}</div>}
    </header>
  );
}
