import { useSyncExternalStore } from "react";

let isReachable = true;
const listeners = new Set<() => void>();

/** Told of each answer, and of each time that none came. */
export function noteReachable(next: boolean): void {
  if (next === isReachable) return;
  isReachable = next;
  for (const listener of listeners) listener();
}

/** Whether the server has answered what it was asked last. */
export function useReachable(): boolean {
  return useSyncExternalStore(subscribe, () => isReachable);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
