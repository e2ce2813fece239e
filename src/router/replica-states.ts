/** What is known of one replica: a model at a provider, or on this machine. */
export interface ReplicaState {
  /** Until when others are preferred, milliseconds since 1970. */
  readonly restUntilMs: number;
}

/** A replica by what stays the same when the configuration changes. */
export interface ReplicaKey {
  provider: string;
  model: string;
}

const restMs = 5_000;
const restMsMax = 60_000;
/** Far above the targets of any configuration; only bounds what removed ones leave behind. */
const statesMax = 10_000;

const unknown: ReplicaState = { restUntilMs: 0 };

/** The health of all replicas in this process. It outlives a change of the configuration. */
export class ReplicaStates {
  readonly #states = new Map<string, ReplicaState>();

  of(replica: ReplicaKey): ReplicaState {
    // Nearly always nothing rests, and then no key is made.
    return this.#states.size === 0 ? unknown : (this.#states.get(keyOf(replica)) ?? unknown);
  }

  /** A call failed in a way that counts against the replica; `retryAfterS` is what it asked for. */
  noteFailure(replica: ReplicaKey, nowMs: number, retryAfterS: number | undefined): void {
    if (this.#states.size >= statesMax) this.#dropRested(nowMs);
    const ms = retryAfterS ? retryAfterS * 1000 : restMs;
    this.#states.set(keyOf(replica), { restUntilMs: nowMs + Math.min(ms, restMsMax) });
  }

  #dropRested(nowMs: number): void {
    for (const [key, state] of this.#states) if (state.restUntilMs <= nowMs) this.#states.delete(key);
    if (this.#states.size >= statesMax) this.#states.clear();
  }
}

function keyOf({ provider, model }: ReplicaKey): string {
  return `${provider}\n${model}`;
}
