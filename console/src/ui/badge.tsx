import type { ReactNode } from "react";
import { cx } from "./cx.ts";

export type Tone = "neutral" | "good" | "warn" | "bad" | "info" | "accent";

const tones: Record<Tone, string> = {
  neutral: "bg-sunken text-muted",
  good: "bg-good-soft text-good",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  info: "bg-info-soft text-info",
  accent: "bg-accent-soft text-accent-text",
};

/** A state in a word or two. Colour never says it alone. One element where it has no icon, since a list has hundreds. */
export function Badge({
  tone = "neutral",
  icon,
  title,
  dir,
  children,
}: {
  tone?: Tone;
  icon?: ReactNode;
  title?: string;
  /** Of its text, where that is known. */
  dir?: "ltr";
  children: ReactNode;
}) {
  const shape = cx("max-w-full rounded-full px-2 py-0.5 text-xs font-medium", tones[tone]);
  if (!icon)
    return (
      <bdi title={title} dir={dir} className={cx(shape, "inline-block truncate align-middle")}>
        {children}
      </bdi>
    );
  return (
    <span title={title} dir={dir} className={cx(shape, "inline-flex items-center gap-1 whitespace-nowrap")}>
      {icon}
      <bdi className="truncate">{children}</bdi>
    </span>
  );
}
