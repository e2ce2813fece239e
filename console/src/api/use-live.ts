import { useEffect, useRef, useSyncExternalStore } from "react";
import type { LiveHandlers } from "./live-source.ts";
import { liveSource } from "./live.ts";

/** Hears what happens while the component is there and `isOn`: `useLive({ request: (record) => … })`. Returns whether it is connected. */
export function useLive(handlers: LiveHandlers, { isOn = true } = {}): boolean {
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });
  const names = Object.keys(handlers).toSorted().join();
  useEffect(() => {
    if (!isOn) return undefined;
    const calls = Object.fromEntries(
      names
        .split(",")
        .map((name) => [
          name,
          (data: never) => (latest.current[name as keyof LiveHandlers] as ((data: never) => void) | undefined)?.(data),
        ]),
    );
    return liveSource.listen(calls);
  }, [isOn, names]);
  return useSyncExternalStore(liveSource.watch, () => liveSource.isOpen) && isOn;
}
