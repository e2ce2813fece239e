import { liveSource } from "./live.ts";

/** Milliseconds between two timed readings of what live events tell of, too. While events come, the timer is only for what they may have missed. */
export const pollMs = (): number => (liveSource.isOpen ? 30_000 : 5_000);

/** For what no event tells: requests under way, replicas that rest, memory of engines. */
export const stateMs = 5_000;
