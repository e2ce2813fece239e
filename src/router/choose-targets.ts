/** What the router knows of a place that can serve a model. */
export interface RoutableTarget {
  /** Lower comes first. */
  priority: number;
}

/**
 * The order in which to try a model's targets: by priority, and at random among equals, so that they share the load.
 * Targets that `isResting` (they failed a moment ago) come after all others, yet stay: a resting target beats none.
 * `random` returns numbers from 0 to 1, like Math.random.
 */
export function chooseTargets<T extends RoutableTarget>(
  targets: readonly T[],
  isResting: (target: T) => boolean,
  random: () => number,
): T[] {
  if (targets.length === 1) return [...targets];
  return targets
    .map((target) => ({ target, resting: isResting(target) ? 1 : 0, tie: random() }))
    .sort((a, b) => a.resting - b.resting || a.target.priority - b.target.priority || a.tie - b.tie)
    .map((entry) => entry.target);
}
