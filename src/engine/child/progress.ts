import type { Tuning } from "../protocol.ts";

/** Work that llama.cpp does on threads of its own. These may hang while the event loop still turns. */
export interface Work {
  /** Something has come from llama.cpp. */
  step(): void;
  end(): void;
}

/**
 * Finds work that makes no progress. It counts its own turns, one a second, and not the time: a pause of the whole process
 * (Ctrl-Z, a machine that sleeps) then counts as one second.
 */
export class Progress {
  readonly #works = new Map<Work, { quietS: number; limitS: number }>();

  constructor() {
    setInterval(() => this.tick(), 1_000).unref();
  }

  begin(limitS: number): Work {
    const state = { quietS: 0, limitS };
    const work: Work = {
      step: () => void (state.quietS = 0),
      end: () => void this.#works.delete(work),
    };
    this.#works.set(work, state);
    return work;
  }

  tick(): void {
    for (const state of this.#works.values()) state.quietS++;
  }

  /** For how long a work has made no progress that should have made some; null when all is well. */
  get hangsS(): number | null {
    for (const { quietS, limitS } of this.#works.values()) if (quietS > limitS) return quietS;
    return null;
  }
}

/** Callers that llama.cpp serves one after the other: while any of them gets something, all make progress. */
export class SharedWork {
  readonly #progress: Progress;
  readonly #limitS: number;
  #holders = 0;
  #work: Work | undefined;

  constructor(progress: Progress, limitS: number) {
    this.#progress = progress;
    this.#limitS = limitS;
  }

  async during<T>(run: () => Promise<T>): Promise<T> {
    this.#holders++;
    this.#work ??= this.#progress.begin(this.#limitS);
    try {
      return await run();
    } finally {
      this.#work.step();
      this.#holders--;
      if (this.#holders === 0) {
        this.#work.end();
        this.#work = undefined;
      }
    }
  }
}

/** Some GPUs compile their programs at the first call, which takes minutes. */
const limitSMin = 300;
/** Measured speeds are those of an idle machine and a short context. */
const slowerAtMost = 10;

/** How long so many tokens may take. An engine ended too early would hang again at the next such prompt, so this is generous. */
export function progressLimitS({ tokensPerS }: Pick<Tuning, "tokensPerS">, tokens: number): number {
  // Where a prompt's pieces were too slow to be measured, steps of several tokens were.
  const speeds = Object.values(tokensPerS).flatMap((byThreads) => Object.values(byThreads));
  if (speeds.length === 0) return limitSMin;
  // A speed below half a token per second was rounded to 0.
  return Math.max(limitSMin, (slowerAtMost * tokens) / Math.max(0.25, ...speeds));
}
