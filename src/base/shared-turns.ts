import { RoundRobin } from "./round-robin.ts";
import type { Tenant } from "./shares.ts";

const waiting = new RoundRobin<() => void>();
let isScheduled = false;

/**
 * Does a piece of long work in a later turn of the event loop, one piece in each turn: whatever else there is to do is held up
 * by one piece and not by as many as wait. Projects and their keys take turns. There is one event loop, so there is one queue.
 */
export function queueTurn(tenant: Tenant, act: () => void): void {
  waiting.add(tenant, act);
  schedule();
}

/** Resolves in a turn of its own. */
export function sharedTurn(tenant: Tenant): Promise<void> {
  return new Promise((resolve) => queueTurn(tenant, resolve));
}

/** A project's share of a turn. Even twenty projects that use theirs delay others by only 10 ms. */
const shareMs = 0.5;
const spentMs = new Map<string, number>();

/** Counts time that a project has used in this turn of the event loop; true where its share is used up. */
export function spendTurn({ project }: Tenant, ms: number): boolean {
  if (spentMs.size === 0) setImmediate(() => spentMs.clear());
  const sum = (spentMs.get(project) ?? 0) + ms;
  spentMs.set(project, sum);
  return sum > shareMs;
}

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(() => {
    isScheduled = false;
    waiting.take()?.();
    if (waiting.size > 0) schedule();
  });
}
