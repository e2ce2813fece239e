import { createHash } from "node:crypto";

/**
 * The ids of tool calls as a vendor's dialect takes them, each once per request. Others are renamed, in the call and in its result
 * alike. Ids may repeat, so a result belongs to the latest turn's first call of its id that has none yet.
 */
export class CallIds {
  readonly #clean: (id: string) => string;
  readonly #used = new Set<string>();
  /** A name that is used → the next number to try after it. Without it, n calls of one id would take n² tries. */
  readonly #next = new Map<string, number>();
  /** What the client calls them → what the latest turn's calls are called here, and how many of these have a result. */
  readonly #waiting = new Map<string, { names: string[]; answered: number }>();
  /** What the client calls them → the last name here. */
  readonly #last = new Map<string, string>();

  /** `clean` gives an id that the dialect takes, for any; those of Anthropic and Google by default. */
  constructor(clean: (id: string) => string = plainId) {
    this.#clean = clean;
  }

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
    return waiting?.names[waiting.answered++] ?? this.#last.get(id) ?? this.#clean(id);
  }

  #unique(id: string): string {
    const base = this.#clean(id);
    let name = base;
    if (this.#used.has(base)) {
      let count = this.#next.get(base) ?? 2;
      do name = this.#clean(`${base}_${count++}`);
      while (this.#used.has(name));
      this.#next.set(base, count);
    }
    this.#used.add(name);
    return name;
  }
}

/** Letters, digits, `_` and `-` (Anthropic's Messages, `tool_use.id`). */
function plainId(id: string): string {
  return id.replaceAll(/[^\w-]/g, "_") || "call";
}

/** An id of at most so many letters: a longer one ends in a hash of itself, so that it is another for each. */
export function shortId(id: string, charsMax: number): string {
  if (id.length <= charsMax) return id;
  const hash = createHash("sha256").update(id).digest("hex").slice(0, hashChars);
  return `${id.slice(0, charsMax - hashChars - 1).toWellFormed()}_${hash}`;
}

const hashChars = 16;

/** An id of exactly so many letters and digits: one that is not is a hash of itself, so that it is another for each. */
export function fixedId(id: string, chars: number): string {
  if (id.length === chars && /^[A-Za-z0-9]+$/.test(id)) return id;
  return createHash("sha256").update(id).digest("hex").slice(0, chars);
}
