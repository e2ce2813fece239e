import type { SahabError } from "../../base/errors.ts";
import type { LineOutcome } from "./line-job.ts";
import { countTry, isGivenUp, nextPauseMs, pauseMsMin, type Tries } from "./line-policy.ts";

/** A target rests for two minutes at most; where others' requests send it to rest again and again, a line asks it all the same. */
const restMsMax = 120_000;
/** Models that fail at the same time; of more the oldest is forgotten, and then finds out anew. */
const modelsMax = 1_000;

/** A model since it failed; a success ends it. */
interface Trouble extends Tries {
  /** Monotonic, as all times here are. */
  failedMs: number;
  pauseMs: number;
  untilMs: number;
  /** Since when lines have found all targets resting. */
  restingSinceMs: number | undefined;
  last: LineOutcome | undefined;
}

/** How the lines of a batch wait for the models that fail: those of one model together, so that the others go on. */
export class ModelWaits {
  readonly #troubles = new Map<string, Trouble>();

  untilMs(model: string): number {
    return this.#troubles.get(model)?.untilMs ?? 0;
  }

  /** Whether a line asks targets that rest: their last failure is not one that a rest mends, or they have rested for too long. */
  asksAtRest(model: string, nowMs: number): boolean {
    const trouble = this.#troubles.get(model);
    if (!trouble) return false;
    const { last, restingSinceMs } = trouble;
    if (last?.isLasting && !isGivenUp(trouble)) return true;
    return restingSinceMs !== undefined && nowMs - restingSinceMs >= restMsMax;
  }

  /** The failure that all lines have while the targets rest; undefined as long as the model is not given up. */
  shared(model: string): LineOutcome | undefined {
    const trouble = this.#troubles.get(model);
    return trouble && isGivenUp(trouble) ? trouble.last : undefined;
  }

  noteRest(model: string, nowMs: number): void {
    const trouble = this.#find(model);
    trouble.restingSinceMs ??= nowMs;
    trouble.untilMs = Math.max(trouble.untilMs, nowMs + pauseMsMin);
  }

  /** A target was asked, by a line that began at `startedMs`. */
  noteFailure(
    model: string,
    {
      outcome,
      failure,
      startedMs,
      nowMs,
    }: { outcome: LineOutcome; failure: SahabError; startedMs: number; nowMs: number },
  ): void {
    const trouble = this.#find(model);
    trouble.restingSinceMs = undefined;
    trouble.last = outcome;
    // Requests that were under way together fail together.
    if (startedMs < trouble.failedMs) return;
    trouble.failedMs = nowMs;
    countTry(trouble, failure);
    if (outcome.isLasting || isGivenUp(trouble)) return;
    trouble.pauseMs = nextPauseMs(trouble.pauseMs, failure);
    trouble.untilMs = nowMs + trouble.pauseMs;
  }

  noteSuccess(model: string): void {
    this.#troubles.delete(model);
  }

  #find(model: string): Trouble {
    let trouble = this.#troubles.get(model);
    if (trouble) return trouble;
    const [oldest] = this.#troubles.keys();
    if (oldest !== undefined && this.#troubles.size >= modelsMax) this.#troubles.delete(oldest);
    trouble = {
      waits: 0,
      troubles: 0,
      failedMs: 0,
      pauseMs: 0,
      untilMs: 0,
      restingSinceMs: undefined,
      last: undefined,
    };
    this.#troubles.set(model, trouble);
    return trouble;
  }
}
