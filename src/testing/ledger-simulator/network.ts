import type { Timeline } from "./timeline.ts";

/** A call of the store ends so late, with or without an answer. */
const callMs = 5_000;

/** What is between processes and the store: messages take time, are lost, come twice, late or in another order. */
export class Network {
  readonly #timeline: Timeline;
  /** How much of what can happen does, from 0 to 1. */
  readonly #trouble: number;
  readonly #apart = new Map<string, number>();
  #isWhole = false;

  constructor(timeline: Timeline, trouble: number) {
    this.#timeline = timeline;
    this.#trouble = trouble;
  }

  cut(name: string, ms: number): void {
    this.#timeline.note(() => `${name} loses the store for ${ms.toFixed(0)} ms`);
    this.#apart.set(name, this.#timeline.nowMs + ms);
  }

  /** From now on nothing is lost. */
  heal(): void {
    this.#isWhole = true;
    this.#apart.clear();
  }

  /** Messages take some milliseconds, and none is lost. */
  get isCalm(): boolean {
    return this.#trouble === 0;
  }

  isApart(name: string): boolean {
    return this.#timeline.nowMs < (this.#apart.get(name) ?? 0);
  }

  /** The store does `act`, perhaps twice, perhaps long after `failed` was called. Either `done` or `failed` is called, once. */
  call<T>(name: string, act: () => T, ends: { done(answer: T): void; failed(): void }): void {
    const timeline = this.#timeline;
    let isOver = false;
    const end = (how: () => void) => {
      if (isOver) return;
      isOver = true;
      how();
    };
    timeline.after(callMs, () => end(() => ends.failed()));
    if (this.isApart(name)) {
      if (timeline.chance(0.5)) timeline.after(2, () => end(() => ends.failed()));
      return;
    }
    const carry = () => {
      if (this.#happens(0.02)) return;
      timeline.after(this.#delayMs(), () => {
        const answer = act();
        if (this.#happens(0.02) || this.isApart(name)) return;
        timeline.after(this.#delayMs(), () => end(() => ends.done(answer)));
      });
    };
    carry();
    if (this.#happens(0.03)) carry();
  }

  #happens(chance: number): boolean {
    return !this.#isWhole && this.#timeline.chance(chance * this.#trouble);
  }

  #delayMs(): number {
    if (this.#happens(0.02)) return this.#timeline.between(200, 15_000);
    if (this.#happens(0.1)) return this.#timeline.between(5, 200);
    return this.#timeline.between(0.2, 5);
  }
}
