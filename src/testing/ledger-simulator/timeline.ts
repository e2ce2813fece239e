import { seededRandom } from "../random.ts";

const traceMax = 60;

/** Virtual time, what is to happen in it, and the chance of a seed. Everything that happens is in one order, the same for the same seed. */
export class Timeline {
  /** The true time, milliseconds since 1970. */
  nowMs: number;
  readonly random: () => number;
  /** A heap: what comes first is first. */
  readonly #events: { atMs: number; order: number; act: () => void }[] = [];
  #order = 0;
  readonly #trace: (() => string)[] = [];

  constructor(seed: number, startMs: number) {
    this.random = seededRandom(seed);
    this.nowMs = startMs;
  }

  between(from: number, to: number): number {
    return from + this.random() * (to - from);
  }

  /** A whole number, both ends included. */
  whole(from: number, to: number): number {
    return Math.floor(this.between(from, to + 1));
  }

  chance(part: number): boolean {
    return this.random() < part;
  }

  /** Keeps the last things that happened, in words that are made only where they are read. */
  note(words: () => string): void {
    const { nowMs } = this;
    this.#trace.push(() => `${nowMs.toFixed(1)} ${words()}`);
    if (this.#trace.length > 2 * traceMax) this.#trace.splice(0, traceMax);
  }

  get lastEvents(): string[] {
    return this.#trace.slice(-traceMax).map((words) => words());
  }

  after(ms: number, act: () => void): void {
    const events = this.#events;
    const event = { atMs: this.nowMs + Math.max(0, ms), order: this.#order++, act };
    let at = events.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = events[parent]!;
      if (above.atMs < event.atMs || (above.atMs === event.atMs && above.order < event.order)) break;
      events[at] = above;
      at = parent;
    }
    events[at] = event;
  }

  /** Lets everything happen up to that time. */
  runUntil(endMs: number): void {
    for (let first; (first = this.#events[0]) && first.atMs <= endMs;) {
      this.#removeFirst();
      this.nowMs = first.atMs;
      first.act();
    }
    this.nowMs = endMs;
  }

  #removeFirst(): void {
    const events = this.#events;
    const last = events.pop()!;
    if (events.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= events.length) break;
      const [left, right] = [events[child]!, events[child + 1]];
      if (right && (right.atMs < left.atMs || (right.atMs === left.atMs && right.order < left.order))) child++;
      const next = events[child]!;
      if (last.atMs < next.atMs || (last.atMs === next.atMs && last.order < next.order)) break;
      events[at] = next;
      at = child;
    }
    events[at] = last;
  }
}
