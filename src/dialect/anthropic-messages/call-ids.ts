/**
 * The ids of tool calls as Anthropic takes them: letters, digits, `_` and `-`, each once per request. Others are renamed, in
 * the call and in its result alike. Ids may repeat, so a result belongs to the latest turn's first call of its id that has none yet.
 */
export class CallIds {
  readonly #used = new Set<string>();
  /** What the client calls them → what the latest turn's calls without a result are called here. */
  readonly #waiting = new Map<string, string[]>();
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
    if (waiting) waiting.push(name);
    else this.#waiting.set(id, [name]);
    return name;
  }

  ofResult(id: string): string {
    return this.#waiting.get(id)?.shift() ?? this.#last.get(id) ?? clean(id);
  }

  #unique(id: string): string {
    const base = clean(id);
    let name = base;
    for (let count = 2; this.#used.has(name); count++) name = `${base}_${count}`;
    this.#used.add(name);
    return name;
  }
}

function clean(id: string): string {
  return id.replaceAll(/[^\w-]/g, "_") || "call";
}
