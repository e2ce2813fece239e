import type { ReactNode } from "react";
import { cx } from "./cx.ts";

/** How much of a bound is used: `used` and `held` are shares of it, 0 to 1. Turns amber at 80 %, red when full. */
export function Meter({
  label,
  used,
  held = 0,
  text,
  aside,
  isProgress = false,
}: {
  /** Read out with `text`; shown above the bar where it is more than a name for screen readers. */
  label: string;
  used: number;
  held?: number;
  text: string;
  aside?: ReactNode;
  /** It is to become full: no colour warns of that. */
  isProgress?: boolean;
}) {
  const share = Math.min(1, Math.max(0, used));
  const heldShare = Math.min(1 - share, Math.max(0, held));
  const tone = isProgress ? "bg-accent" : share >= 1 ? "bg-bad" : share + heldShare >= 0.8 ? "bg-warn" : "bg-accent";
  return (
    <div className="grid min-w-0 gap-1.5">
      <div className="flex flex-wrap items-baseline justify-between gap-x-3 text-[0.8125rem]">
        <span className="ltr tabular-nums">{text}</span>
        {aside != null && <span className="text-xs text-muted">{aside}</span>}
      </div>
      <div
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round((share + heldShare) * 100)}
        aria-valuetext={text}
        className="flex h-1.5 overflow-hidden rounded-full bg-border"
      >
        <div className={cx("transition-[width] duration-180", tone)} style={{ width: `${share * 100}%` }} />
        <div
          className={cx("opacity-40 transition-[width] duration-180", tone)}
          style={{ width: `${heldShare * 100}%` }}
        />
      </div>
    </div>
  );
}
