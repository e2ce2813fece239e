import type { ReplicaKey, ReplicaState } from "./replica-states.ts";

/** What the router knows of a target. */
export interface RoutableTarget extends ReplicaKey {
  /** Lower comes first. */
  priority: number;
  /** Share of the load among targets of one priority; one of 0 is tried only after the others. */
  weight: number;
  /** Targets that are one but for the provider's key share their weight, and are tried one after the other. */
  group?: object;
}

/**
 * The order in which to try a model's targets: by priority, and at random by weight among equals, so that they share the load.
 * Targets that rest (they failed a moment ago) come after all others, yet stay: a resting target is better than none.
 * `random` returns numbers from 0 to 1, like Math.random; one that returns the same for the same target makes the same choice again, and on
 * average over many such functions the shares are the same. Of one provider's keys those come first that `affinity` prefers: what
 * begins with the same prompt goes to the same key, which may have it cached.
 * `waitMs` is how long the request would wait at a target for its first token, as far as the caller knows: for the work that is under way
 * there, and for the part of its prompt that the target has not cached. Of equal targets the one with the least is first, so that a
 * prompt goes where its beginning is kept unless that replica has too much to do; those that wait equally long take turns.
 */
export function route<T extends RoutableTarget>(
  targets: readonly T[],
  states: { of(target: ReplicaKey): ReplicaState },
  nowMs: number,
  random: (target: T) => number,
  affinity = 0,
  waitMs?: (target: T) => number,
): readonly T[] {
  if (targets.length <= 1) return targets;
  const groups = new Map<object, Standing>();
  const standingOf = (target: T): Standing => {
    const { group } = target;
    const known = group && groups.get(group);
    if (known) return known;
    // The least of exponential times with these rates is each target's with a chance proportional to its weight
    // (Efraimidis and Spirakis, 2006, weighted sampling without replacement).
    const turn = target.weight === 0 ? Number.POSITIVE_INFINITY : -Math.log(1 - random(target)) / target.weight;
    const standing = { turn, waitMs: waitMs === undefined ? 0 : waitMs(target) };
    if (group) groups.set(group, standing);
    return standing;
  };
  return targets
    .map((target) => ({
      target,
      resting: states.of(target).isResting(nowMs) ? 1 : 0,
      standing: standingOf(target),
      rank: target.key === undefined ? 0 : rankOf(affinity, target.key),
    }))
    .sort(
      (a, b) =>
        a.resting - b.resting ||
        a.target.priority - b.target.priority ||
        compare(a.standing, b.standing) ||
        a.rank - b.rank,
    )
    .map((entry) => entry.target);
}

/** Of a target, or of all keys of one: a turn is how late it comes by its weight, Infinity at weight 0. */
interface Standing {
  turn: number;
  waitMs: number;
}

function compare(one: Standing, other: Standing): number {
  const spare = Number(one.turn === Number.POSITIVE_INFINITY) - Number(other.turn === Number.POSITIVE_INFINITY);
  return spare || one.waitMs - other.waitMs || (one.turn === other.turn ? 0 : one.turn - other.turn);
}

/** Ranks keys differently for each affinity, and each key alike whichever others there are (rendezvous hashing). */
function rankOf(affinity: number, key: number): number {
  let mixed = Math.imul(affinity ^ Math.imul(key, 0x9e3779b1), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
