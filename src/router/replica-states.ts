/** What is known of one replica: a model at a provider, or on this machine. */
export interface ReplicaState {
  /** It failed a moment ago, and nobody has yet found it well: others are preferred. */
  isResting(nowMs: number): boolean;
}

/** A replica by what stays the same when the configuration changes. */
export interface ReplicaKey {
  provider: string;
  model: string;
  /** Which of the provider's keys, where it has several: each rests alone. */
  key?: number | undefined;
}

/** Of an attempt: when it began, and whether it is the one that finds out how a rested replica is. */
interface Trial extends ReplicaKey {
  startedMs: number;
}

/** A replica whose last attempts failed. */
export interface FailedReplica extends ReplicaKey {
  /** Others are preferred: its rest goes on, or one attempt is finding out whether it works again. */
  isResting: boolean;
  /** What is left of its rest, milliseconds. */
  restMs: number;
  /** Failures since it last worked, and how long ago the last of them was. */
  failures: number;
  failedAgoMs: number;
  /** The code of the last failure. */
  code: string | undefined;
}

const restMs = 5_000;
const restMsMax = 60_000;
/** The longest rest that a replica may ask for itself. */
const askedRestMsMax = 120_000;
/** Far above the targets of any configuration; only bounds what removed ones leave behind. */
const statesMax = 10_000;

const healthy: ReplicaState = { isResting: () => false };

/**
 * The health of all replicas in this process. It outlives a change of the configuration.
 *
 *   healthy ──failure──▶ resting ──time──▶ rested ──first attempt──▶ on trial ──success──▶ healthy, ──failure──▶ resting
 *
 * While one attempt tries a rested replica, all others still see it resting: the end of a rest is one probe, not a herd.
 * Each trial that fails doubles the rest.
 */
export class ReplicaStates {
  readonly #states = new Map<string, Illness>();

  of(replica: ReplicaKey): ReplicaState {
    return this.#find(replica) ?? healthy;
  }

  /** An attempt begins. */
  begin(trial: Trial, nowMs: number): void {
    this.#find(trial)?.begin(trial, nowMs);
  }

  /** The replica has shown that it works: an answer has begun, or is complete. */
  noteSuccess(trial: Trial): void {
    const illness = this.#find(trial);
    // An attempt from before the failure says nothing about what came after it.
    if (illness && trial.startedMs >= illness.failedMs) this.#states.delete(keyOf(trial));
    // Or the replica would rest until somebody else has tried it, and others are preferred to it.
    else illness?.release(trial);
  }

  /** The attempt failed in a way that counts against the replica; `retryAfterS` is what it asked for, and `code` says how it failed. */
  noteFailure(trial: Trial, nowMs: number, retryAfterS: number | undefined, code?: string): void {
    if (this.#states.size >= statesMax) this.#forgetRested(nowMs);
    const key = keyOf(trial);
    let illness = this.#states.get(key);
    if (!illness) this.#states.set(key, (illness = new Illness()));
    illness.fail(trial, nowMs, retryAfterS, code);
  }

  /** The attempt ended and says nothing about the replica: the client left, or asked for what can't be. */
  end(trial: Trial): void {
    this.#find(trial)?.release(trial);
  }

  /** How many replicas of each provider rest, keys of one model apart; those that rest no more are 0 until they work again. */
  countResting(nowMs: number): Map<string, number> {
    const counts = new Map<string, number>();
    for (const [key, state] of this.#states) {
      const [provider = ""] = key.split("\n");
      counts.set(provider, (counts.get(provider) ?? 0) + (state.isResting(nowMs) ? 1 : 0));
    }
    return counts;
  }

  /** The replicas that rest, by provider and model. */
  resting(nowMs: number): { provider: string; model: string }[] {
    return this.failed(nowMs).flatMap(({ isResting, provider, model }) => (isResting ? [{ provider, model }] : []));
  }

  /** All that have failed and have not yet been found well. */
  failed(nowMs: number): FailedReplica[] {
    return [...this.#states].map(([id, illness]) => {
      const [provider = "", model = "", key] = id.split("\n");
      return { provider, model, ...(key !== undefined && { key: Number(key) }), ...illness.describe(nowMs) };
    });
  }

  #find(replica: ReplicaKey): Illness | undefined {
    // Nearly always nothing rests, and then no key is made.
    return this.#states.size === 0 ? undefined : this.#states.get(keyOf(replica));
  }

  #forgetRested(nowMs: number): void {
    for (const [key, state] of this.#states) if (!state.isResting(nowMs)) this.#states.delete(key);
    if (this.#states.size >= statesMax) this.#states.clear();
  }
}

/** From the first failure of a replica until it works again. */
class Illness implements ReplicaState {
  #restMs = restMs;
  #restUntilMs = 0;
  #failedMs = 0;
  #failures = 0;
  #code: string | undefined;
  /** The attempt that tries the replica after its rest. */
  #trial: Trial | undefined;

  get failedMs(): number {
    return this.#failedMs;
  }

  isResting(nowMs: number): boolean {
    return nowMs < this.#restUntilMs || this.#trial !== undefined;
  }

  begin(trial: Trial, nowMs: number): void {
    if (!this.isResting(nowMs)) this.#trial = trial;
  }

  describe(nowMs: number): Omit<FailedReplica, keyof ReplicaKey> {
    return {
      isResting: this.isResting(nowMs),
      restMs: Math.max(0, this.#restUntilMs - nowMs),
      failures: this.#failures,
      failedAgoMs: nowMs - this.#failedMs,
      code: this.#code,
    };
  }

  fail(trial: Trial, nowMs: number, retryAfterS: number | undefined, code: string | undefined): void {
    if (this.#trial === trial) this.#restMs = Math.min(2 * this.#restMs, restMsMax);
    this.release(trial);
    this.#failedMs = nowMs;
    this.#failures++;
    this.#code = code;
    const askedMs = retryAfterS && Math.min(retryAfterS * 1000, askedRestMsMax);
    this.#restUntilMs = Math.max(this.#restUntilMs, nowMs + (askedMs || this.#restMs));
  }

  release(trial: Trial): void {
    if (this.#trial === trial) this.#trial = undefined;
  }
}

function keyOf({ provider, model, key }: ReplicaKey): string {
  return key === undefined ? `${provider}\n${model}` : `${provider}\n${model}\n${key}`;
}
