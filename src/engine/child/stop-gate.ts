/** Holds text back while a stop sequence could still come of it. */
export class StopGate {
  readonly #stops: readonly string[];
  #held = "";
  /** A stop sequence has come; it and what follows are not let through. */
  stopped = false;

  constructor(stops: readonly string[]) {
    this.#stops = stops.filter((stop) => stop !== "");
  }

  /** The text that may be shown now. */
  push(text: string): string {
    if (this.stopped) return "";
    if (this.#stops.length === 0) return text;
    const all = this.#held + text;
    let first = -1;
    for (const stop of this.#stops) {
      const at = all.indexOf(stop);
      if (at !== -1 && (first === -1 || at < first)) first = at;
    }
    if (first !== -1) {
      this.stopped = true;
      this.#held = "";
      return all.slice(0, first);
    }
    const keep = Math.max(...this.#stops.map((stop) => overlap(all, stop)));
    this.#held = keep === 0 ? "" : all.slice(-keep);
    return keep === 0 ? all : all.slice(0, -keep);
  }

  /** What was held back, once it is clear that nothing follows. */
  end(): string {
    const held = this.#held;
    this.#held = "";
    return this.stopped ? "" : held;
  }
}

/** How many characters at the text's end are the beginning of the word, and not all of it. */
export function overlap(text: string, word: string): number {
  for (let length = Math.min(text.length, word.length - 1); length > 0; length--) {
    if (text.endsWith(word.slice(0, length))) return length;
  }
  return 0;
}
