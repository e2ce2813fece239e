import { useSyncExternalStore } from "react";

let isReachable = true;
const listeners = new Set<(isNow: boolean) => void>();

/** Told of each answer, and of each time that none came. */
export function noteReachable(next: boolean): void {
  if (next === isReachable) return;
  isReachable = next;
  for (const listener of listeners) listener(next);
}

/** Whether the server has answered what it was asked last. */
export function useReachable(): boolean {
  return useSyncExternalStore(watchReachable, () => isReachable);
}

/** Calls back when the server answers again, and when it no longer does; `isNow` says which. */
export function watchReachable(listener: (isNow: boolean) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
