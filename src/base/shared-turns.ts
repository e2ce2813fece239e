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

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(() => {
    isScheduled = false;
    waiting.take()?.();
    if (waiting.size > 0) schedule();
  });
}
