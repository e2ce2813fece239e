import type { Engines } from "../../api/schema.d.ts";

export type EngineState = "ready" | "loading" | "asleep" | "ending" | "failed";

const states: Readonly<Record<string, EngineState>> = {
  ready: "ready",
  loaded: "ready",
  loading: "loading",
  waiting: "loading",
  sleeping: "asleep",
  stored: "asleep",
  leaving: "ending",
  draining: "ending",
  failed: "failed",
};

/** In the words of the page; that of its place in memory counts, where it is loaded on demand. */
export function stateOf({ state, memory }: Pick<Engines["engines"][number], "state" | "memory">): EngineState {
  return states[memory?.state ?? state] ?? "loading";
}
