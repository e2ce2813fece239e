/** Holds back text that may be the beginning of a stop sequence. */
export class StopGate {
  readonly #stops: readonly string[];
  #held = "";
  #stopSequence: string | undefined;

  constructor(stops: readonly string[]) {
    this.#stops = stops.filter((stop) => stop !== "");
  }

  /** The stop sequence that has come. It and what follows it are not let through. */
  get stopSequence(): string | undefined {
    return this.#stopSequence;
  }

  get stopped(): boolean {
    return this.#stopSequence !== undefined;
  }

  /** The text that may be shown now. */
  push(text: string): string {
    if (this.stopped) return "";
    if (this.#stops.length === 0) return text;
    const all = this.#held + text;
    let first = all.length;
    for (const stop of this.#stops) {
      const at = all.indexOf(stop);
      if (at === -1 || at >= first) continue;
      first = at;
      this.#stopSequence = stop;
    }
    if (this.stopped) {
      this.#held = "";
      return all.slice(0, first);
    }
    const keep = Math.max(...this.#stops.map((stop) => overlap(all, stop)));
    this.#held = keep === 0 ? "" : all.slice(-keep);
    return keep === 0 ? all : all.slice(0, -keep);
  }

  /** The text that was held back. To be called when no more text comes. */
  end(): string {
    const held = this.#held;
    this.#held = "";
    return this.stopped ? "" : held;
  }
}

/** The length of the longest end of the text that is a beginning of the word, but not the whole word. */
function overlap(text: string, word: string): number {
  for (let length = Math.min(text.length, word.length - 1); length > 0; length--) {
    if (text.endsWith(word.slice(0, length))) return length;
  }
  return 0;
}
