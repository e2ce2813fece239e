/**
 * The ids of tool calls as Anthropic and Google take them: letters, digits, `_` and `-`, each once per request. Others are
 * renamed, in the call and in its result alike. Ids may repeat, so a result belongs to the latest turn's first call of its id that has none yet.
 */
export class CallIds {
  readonly #used = new Set<string>();
  /** A name that is used → the next number to try after it. Without it, n calls of one id would take n² tries. */
  readonly #next = new Map<string, number>();
  /** What the client calls them → what the latest turn's calls are called here, and how many of these have a result. */
  readonly #waiting = new Map<string, { names: string[]; answered: number }>();
  /** What the client calls them → the last name here. */
  readonly #last = new Map<string, string>();

  /** An assistant speaks: results that follow are of its calls. */
  beginTurn(): void {
    this.#waiting.clear();
  }

  ofCall(id: string): string {
    const name = this.#unique(id);
    this.#last.set(id, name);
    const waiting = this.#waiting.get(id);
    if (waiting) waiting.names.push(name);
    else this.#waiting.set(id, { names: [name], answered: 0 });
    return name;
  }

  ofResult(id: string): string {
    const waiting = this.#waiting.get(id);
    return waiting?.names[waiting.answered++] ?? this.#last.get(id) ?? clean(id);
  }

  #unique(id: string): string {
    const base = clean(id);
    let name = base;
    if (this.#used.has(base)) {
      let count = this.#next.get(base) ?? 2;
      do name = `${base}_${count++}`;
      while (this.#used.has(name));
      this.#next.set(base, count);
    }
    this.#used.add(name);
    return name;
  }
}

function clean(id: string): string {
  return id.replaceAll(/[^\w-]/g, "_") || "call";
}
