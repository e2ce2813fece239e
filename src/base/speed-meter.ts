/** The speed is that of about this time: a line may become faster or slower. */
const windowMs = 10_000;
/** With less there is nothing to measure. */
const spanMsMin = 500;

/** How fast a number of bytes grows. */
export class SpeedMeter {
  #samples: { ms: number; bytes: number }[] = [];

  /** So many have come by then, in all. */
  note(bytes: number, nowMs: number): void {
    this.#samples = [
      ...this.#samples.filter((sample) => nowMs - sample.ms <= windowMs && sample.bytes <= bytes),
      { ms: nowMs, bytes },
    ];
  }

  /** Undefined until there is something to measure; what was there before the first sample is not counted. */
  get bytesPerSecond(): number | undefined {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (!first || !last || last.ms - first.ms < spanMsMin) return undefined;
    return ((last.bytes - first.bytes) / (last.ms - first.ms)) * 1000;
  }
}
