import type { ReactNode } from "react";

/** Says what will be here, and offers the next step. */
export function EmptyState({
  icon,
  title,
  children,
  action,
}: {
  icon?: ReactNode;
  title: ReactNode;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="flex flex-col items-center px-6 py-12 text-center">
      {icon != null && (
        <div className="mb-4 flex size-12 items-center justify-center rounded-2xl bg-accent-soft text-accent-text">
          {icon}
        </div>
      )}
      <h2 className="text-[0.9375rem] font-semibold">{title}</h2>
      {children != null && <div className="mt-1.5 max-w-[48ch] text-sm text-muted">{children}</div>}
      {action != null && <div className="mt-5 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}
