/** Passes on which lists are to be read anew: at once, and then, however often that is said, only every `waitMs`. */
export class Refresher<Name extends readonly unknown[]> {
  readonly #refresh: (name: Name) => void;
  readonly #waitMs: number;
  readonly #due = new Map<string, Name>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wasReady = false;

  constructor(refresh: (name: Name) => void, { waitMs }: { waitMs: number }) {
    this.#refresh = refresh;
    this.#waitMs = waitMs;
  }

  refresh(names: readonly Name[]): void {
    for (const name of names) this.#due.set(JSON.stringify(name), name);
    if (this.#timer === undefined) this.#passOn();
  }

  /** A connection is there. At the first one all was read just now; before another one something may have been missed. */
  noteReady(names: readonly Name[]): void {
    if (this.#wasReady) this.refresh(names);
    this.#wasReady = true;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#due.clear();
  }

  #passOn(): void {
    this.#timer = undefined;
    if (this.#due.size === 0) return;
    const due = [...this.#due.values()];
    this.#due.clear();
    for (const name of due) this.#refresh(name);
    this.#timer = setTimeout(() => this.#passOn(), this.#waitMs);
  }
}
