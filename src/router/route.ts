import type { ReplicaKey, ReplicaState } from "./replica-states.ts";

/** What the router knows of a target. */
export interface RoutableTarget extends ReplicaKey {
  /** Lower comes first. */
  priority: number;
  /** Share of the load among targets of one priority; one of 0 is tried only after the others. */
  weight: number;
}

/**
 * The order in which to try a model's targets: by priority, and at random by weight among equals, so that they share the load.
 * Targets that rest (they failed a moment ago) come after all others, yet stay: a resting target is better than none.
 * `random` returns numbers from 0 to 1, like Math.random.
 */
export function route<T extends RoutableTarget>(
  targets: readonly T[],
  states: { of(target: ReplicaKey): ReplicaState },
  nowMs: number,
  random: () => number,
): readonly T[] {
  if (targets.length <= 1) return targets;
  return targets
    .map((target) => ({
      target,
      resting: states.of(target).isResting(nowMs) ? 1 : 0,
      // The least of exponential times with these rates is each target's with a chance proportional to its weight
      // (Efraimidis and Spirakis, 2006, weighted sampling without replacement).
      turn: target.weight === 0 ? Number.POSITIVE_INFINITY : -Math.log(1 - random()) / target.weight,
    }))
    .sort(
      (a, b) =>
        a.resting - b.resting || a.target.priority - b.target.priority || (a.turn === b.turn ? 0 : a.turn - b.turn),
    )
    .map((entry) => entry.target);
}
