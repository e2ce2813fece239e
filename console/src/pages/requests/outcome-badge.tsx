import { Badge } from "../../ui/badge.tsx";

/** A status with why an answer is not whole; a stream that broke had begun with 200. */
export function OutcomeBadge({ status, outcome }: { status: number; outcome: string }) {
  const tone =
    outcome === "ok" ? "good" : status === 499 ? "neutral" : status === 429 || status === 402 ? "warn" : "bad";
  return (
    <Badge tone={tone}>
      <span dir="ltr">{outcome === "ok" ? status : `${status} ${outcome}`}</span>
    </Badge>
  );
}
