import type { RequestStory } from "../../api/schema.d.ts";

type Attempt = RequestStory["attempt_list"][number];

/** A part of an attempt. `start` and `width` are shares of the request's whole time. */
export interface Phase {
  /** Until it was sent; until its first text; until its end; or all of what failed after it was sent. */
  name: "before" | "waiting" | "answering" | "failed";
  durationMs: number;
  start: number;
  width: number;
}

/** The phases of an attempt, in order; none is beyond the request's time, though clocks round. */
export function phasesOf(
  { started_ms: startMs, sent_ms: sentMs, first_text_ms: firstMs, duration_ms: durationMs, outcome }: Attempt,
  wholeMs: number,
): Phase[] {
  const endMs = startMs + durationMs;
  const whole = Math.max(wholeMs, endMs, 1);
  const phases: Phase[] = [];
  let atMs = startMs;
  const until = (name: Phase["name"], untilMs: number) => {
    const toMs = Math.min(Math.max(untilMs, atMs), endMs);
    if (toMs > atMs || (phases.length === 0 && untilMs >= endMs))
      phases.push({ name, durationMs: toMs - atMs, start: atMs / whole, width: (toMs - atMs) / whole });
    atMs = toMs;
  };
  if (sentMs !== null) until("before", sentMs);
  if (outcome !== "ok" && firstMs === null) until("failed", endMs);
  else if (firstMs === null) until("answering", endMs);
  else {
    until("waiting", firstMs);
    until(outcome === "ok" ? "answering" : "failed", endMs);
  }
  return phases;
}
