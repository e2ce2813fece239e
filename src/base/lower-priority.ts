import { setPriority } from "node:os";

/** A third of the share of a serving thread. */
const niceness = 5;

/**
 * Lets the threads that serve come before the calling one where they share a core, or before a process that has just been started:
 * its threads inherit it. Linux alone has priorities of threads.
 */
export function lowerPriority(pid = 0): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(pid, niceness);
  } catch {
    // A sandbox may forbid it; then it costs streams some of their time, and nothing else.
  }
}
