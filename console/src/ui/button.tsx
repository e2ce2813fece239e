import type { ComponentProps, ReactNode } from "react";
import { cx } from "./cx.ts";
import { Spinner } from "./spinner.tsx";

export interface ButtonProps extends ComponentProps<"button"> {
  /** `primary` once in a view; `danger` for what cannot be undone. */
  tone?: "primary" | "secondary" | "quiet" | "danger";
  size?: "small" | "medium";
  /** Stands before the text. */
  icon?: ReactNode;
  /** Shows a spinner and takes no further clicks. */
  isBusy?: boolean;
}

const tones = {
  primary: "bg-accent text-on-accent hover:bg-accent-hover border-transparent",
  secondary: "bg-surface text-text border-border hover:border-border-strong hover:bg-sunken",
  quiet: "bg-transparent text-text border-transparent hover:bg-sunken",
  danger: "bg-bad text-on-bad hover:bg-bad-hover border-transparent",
};

/** The look of a button, for links that stand where a button would. */
export function buttonClass({ tone = "secondary", size = "medium" }: Pick<ButtonProps, "tone" | "size"> = {}): string {
  return cx(
    "inline-flex shrink-0 items-center justify-center gap-2 rounded-control border font-medium whitespace-nowrap",
    "transition-colors duration-150 disabled:cursor-not-allowed disabled:opacity-55",
    size === "small" ? "h-8 px-2.5 text-[0.8125rem]" : "h-9 px-3.5 text-sm",
    tones[tone],
  );
}

export function Button({
  tone = "secondary",
  size = "medium",
  icon,
  isBusy = false,
  className,
  children,
  disabled,
  type = "button",
  ...props
}: ButtonProps) {
  return (
    <button
      type={type}
      disabled={disabled === true || isBusy}
      aria-busy={isBusy || undefined}
      className={cx(buttonClass({ tone, size }), className)}
      {...props}
    >
      {isBusy ? <Spinner /> : icon}
      {children}
    </button>
  );
}
