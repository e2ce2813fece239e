import { liveSource } from "./live.ts";

/** How long to wait before what live events tell of is read again anyway: longer while they come. */
export const pollMs = (): number => (liveSource.isOpen ? 30_000 : 5_000);

/** For what no event tells: requests under way, replicas that rest, memory of engines. */
export const stateMs = 5_000;
