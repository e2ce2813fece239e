import type { ComponentProps } from "react";
import { cx } from "./cx.ts";

const look =
  "w-full min-w-0 rounded-control border border-border-strong bg-surface px-3 text-text transition-colors duration-150 " +
  "hover:border-muted focus:border-accent focus:outline-2 focus:outline-offset-0 focus:outline-accent/35 " +
  "disabled:cursor-not-allowed disabled:opacity-55 aria-invalid:border-bad";

/** One line of text. `isCode` for keys, ids, addresses and numbers, which are written left to right in every language. */
export function Input({ isCode = false, className, ...props }: { isCode?: boolean } & ComponentProps<"input">) {
  return (
    <input
      autoComplete="off"
      dir={isCode ? "ltr" : "auto"}
      className={cx(look, "h-9", isCode && "font-mono text-[0.8125rem]", className)}
      {...props}
    />
  );
}

export function Textarea({ isCode = false, className, ...props }: { isCode?: boolean } & ComponentProps<"textarea">) {
  return (
    <textarea
      dir={isCode ? "ltr" : "auto"}
      spellCheck={!isCode}
      className={cx(look, "min-h-24 py-2", isCode && "font-mono text-[0.8125rem]", className)}
      {...props}
    />
  );
}
