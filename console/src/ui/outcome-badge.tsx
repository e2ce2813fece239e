import { Badge } from "./badge.tsx";

/** A status with why an answer is not whole, which is left to the title where it `isShort`; a stream that broke had begun with 200. */
export function OutcomeBadge({
  status,
  outcome,
  isShort = false,
}: {
  status: number;
  outcome: string;
  isShort?: boolean;
}) {
  const whole = outcome === "ok" ? String(status) : `${status} ${outcome}`;
  const tone =
    outcome === "ok" ? "good" : status === 499 ? "neutral" : status === 429 || status === 402 ? "warn" : "bad";
  return (
    <Badge tone={tone} title={whole} dir="ltr">
      {isShort ? status : whole}
    </Badge>
  );
}
