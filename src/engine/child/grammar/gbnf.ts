/** The rules of one grammar, in llama.cpp's grammar language (GBNF), and their bounds. */
export class GrammarRules {
  readonly #bodies = new Map<string, string>(Object.entries(jsonRules));
  /** Rules with the same body are one rule: a hundred tools with like fields share most of theirs. */
  readonly #names = new Map<string, string>();
  /** Repetitions that are there already cost nothing more. */
  readonly #repeated = new Set<string>();
  #bytes = 0;
  #repeats = 0;
  #visits = 0;

  /** The name of a rule with this body. Throws `GrammarTooLarge`. */
  add(body: string): string {
    const known = this.#names.get(body);
    if (known !== undefined) return known;
    const name = this.reserve();
    this.define(name, body);
    this.#names.set(body, name);
    return name;
  }

  /** A name whose body follows, so that a rule may refer to itself. */
  reserve(): string {
    if (this.#bodies.size >= rulesMax) throw new GrammarTooLarge(`it needs more than ${rulesMax} grammar rules`);
    const name = `r${this.#bodies.size}`;
    this.#bodies.set(name, "");
    return name;
  }

  define(name: string, body: string): void {
    this.#bytes += body.length;
    this.#bodies.set(name, body);
    if (this.#bytes > grammarBytesMax)
      throw new GrammarTooLarge(`its grammar would be longer than ${grammarBytesMax} bytes`);
  }

  /**
   * To be called for each schema, name and value that is looked at, however often: what refers to each other may unfold
   * without end. Never forgotten.
   */
  visit(count = 1): void {
    this.#visits += count;
    if (this.#visits > visitsMax) throw new GrammarTooLarge(`it unfolds to more than ${visitsMax} names and values`);
  }

  /** How much has been looked at. */
  get visits(): number {
    return this.#visits;
  }

  /** Whether `unit` may be repeated so often: llama.cpp makes a rule of each repetition. */
  mayRepeat(unit: string, low: number, high: number): boolean {
    const repetition = `${unit} ${low} ${high}`;
    if (this.#repeated.has(repetition)) return true;
    if (this.#repeats + high > repeatsMax) return false;
    this.#repeats += high;
    this.#repeated.add(repetition);
    return true;
  }

  /** Does the work; when it throws, the rules that it added are forgotten. */
  attempt<T>(work: () => T): T {
    const { size } = this.#bodies;
    const repeated = this.#repeated.size;
    const bytes = this.#bytes;
    const repeats = this.#repeats;
    try {
      return work();
    } catch (error) {
      for (const name of [...this.#bodies.keys()].slice(size)) this.#bodies.delete(name);
      for (const [body, name] of this.#names) if (!this.#bodies.has(name)) this.#names.delete(body);
      for (const repetition of [...this.#repeated].slice(repeated)) this.#repeated.delete(repetition);
      this.#bytes = bytes;
      this.#repeats = repeats;
      throw error;
    }
  }

  /** The grammar of texts that `root` describes. */
  print(root: string): string {
    return [`root ::= ${root}`, ...[...this.#bodies].map(([name, body]) => `${name} ::= ${body}`), ""].join("\n");
  }
}

/** A grammar of this size would take llama.cpp too long; the message says what the bound is. */
export class GrammarTooLarge extends Error {}

/** Rules for any JSON value and its parts. White space is bounded, so that a model cannot write it without end. */
export const jsonRules: Readonly<Record<string, string>> = {
  ws: '| " " | "\\n" [ \\t]{0,16}',
  char: '[^"\\\\\\x7F\\x00-\\x1F] | "\\\\" (["\\\\/bfnrt] | "u" [0-9a-fA-F]{4})',
  string: '"\\"" char* "\\""',
  integer: '"-"? ("0" | [1-9] [0-9]{0,15})',
  number: 'integer ("." [0-9]{1,16})? ([eE] [-+]? [0-9]{1,2})?',
  boolean: '"true" | "false"',
  null: '"null"',
  object: '"{" ws (string ws ":" ws value (ws "," ws string ws ":" ws value)*)? ws "}"',
  array: '"[" ws (value (ws "," ws value)*)? ws "]"',
  value: "object | array | string | number | boolean | null",
};

export function gbnfLiteral(text: string): string {
  return `"${/[\\"\n\r\t]/.test(text) ? text.replace(/[\\"\n\r\t]/g, (found) => escapes[found] ?? found) : text}"`;
}

const escapes: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** A visit takes 0.2 to 1 µs. A thousand tools of forty properties take 200,000. */
export const visitsMax = 500_000;
const rulesMax = 5_000;
const grammarBytesMax = 512 * 1024;
/** Bound for all different repetitions of a grammar together: llama.cpp compiles 10,000 in 15 ms. */
export const repeatsMax = 40_000;
/** Bound for one repetition. */
export const repeatMax = 10_000;
