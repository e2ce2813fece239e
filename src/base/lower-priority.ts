import { setPriority } from "node:os";

/** A third of the share of a serving thread. */
const niceness = 5;

/** Lets the threads that serve come before the calling one where they share a core. Linux alone has priorities of threads. */
export function lowerPriority(): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(0, niceness);
  } catch {
    // A sandbox may forbid it; then this thread costs streams some of their time, and nothing else.
  }
}
