import { liveSource } from "./live.ts";

/** How often to read what live events also report, in milliseconds. While events come, this catches what they may have missed. */
export const pollMs = (): number => (liveSource.isOpen ? 30_000 : 5_000);

/** For what no event tells: requests under way, replicas that rest, memory of engines. */
export const stateMs = 5_000;
