import type { ComponentProps, ReactNode } from "react";
import { cx } from "./cx.ts";
import { Tooltip } from "./tooltip.tsx";

/** A button that shows only an icon; its label is read out, and shown on hover and focus. */
export function IconButton({
  label,
  children,
  size = "medium",
  className,
  type = "button",
  ...props
}: { label: string; children: ReactNode; size?: "small" | "medium" } & ComponentProps<"button">) {
  return (
    <Tooltip text={label}>
      <button
        type={type}
        aria-label={label}
        className={cx(
          "inline-flex shrink-0 items-center justify-center rounded-control text-muted transition-colors duration-150",
          "hover:bg-sunken hover:text-text disabled:cursor-not-allowed disabled:opacity-55",
          size === "small" ? "size-7" : "size-9",
          className,
        )}
        {...props}
      >
        {children}
      </button>
    </Tooltip>
  );
}
