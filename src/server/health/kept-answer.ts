import type { Clock } from "../../base/clock.ts";

/** Looks again when what was found is older than `keptMs`; who asks at the same time shares one look. A failure is not kept. */
export function keptAnswer<T>(
  look: () => Promise<T>,
  { clock, keptMs }: { clock: Pick<Clock, "monotonic">; keptMs: number },
): () => Promise<T> {
  let kept: { answer: Promise<T>; askedMs: number } | undefined;
  return () => {
    const nowMs = clock.monotonic();
    if (kept && nowMs - kept.askedMs < keptMs) return kept.answer;
    const next = { answer: look(), askedMs: nowMs };
    next.answer.catch(() => {
      if (kept === next) kept = undefined;
    });
    kept = next;
    return next.answer;
  };
}
