import { invalidField } from "../../../dialect/read.ts";

/** A letter, or another rule. */
export type GbnfElement =
  /** Ranges of code points, both ends included; `isNot`: every other letter. */
  { ranges: readonly (readonly [number, number])[]; isNot: boolean } | { rule: number };

/** Alternatives by rule; the first rule is the root. */
type GbnfRules = readonly (readonly (readonly GbnfElement[])[])[];

export interface Gbnf {
  rules: GbnfRules;
  /** The rules that the grammar itself has, by a name or as a group; the others are parts of written out repetitions. */
  own: readonly number[];
}

const rulesMax = 2_000;
/** Elements when repetitions are written out, as llama.cpp does. */
const elementsMax = 20_000;
const repeatMax = 2_000;
const depthMax = 64;

/**
 * Reads a grammar in llama.cpp's language (GBNF) into the same rules that llama.cpp makes of it. Throws `invalid_request` with the line and
 * what is wrong there: llama.cpp itself only says that it could not read it.
 */
export function readGbnf(source: string): Gbnf {
  return new GbnfReader(source).read();
}

class GbnfReader {
  readonly #source: string;
  readonly #names = new Map<string, number>();
  readonly #firstUses = new Map<string, number>();
  readonly #rules: GbnfElement[][][] = [];
  readonly #groups: number[] = [];
  readonly #defined = new Set<number>();
  #elements = 0;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  read(): Gbnf {
    const root = this.#ruleNamed("root");
    this.#skip(true);
    while (this.#at < this.#source.length) this.#readRule();
    for (const [name, rule] of this.#names) {
      if (this.#defined.has(rule)) continue;
      this.#at = this.#firstUses.get(name) ?? this.#source.length;
      throw this.#fault(`the rule "${name.slice(0, 60)}" is not defined`);
    }
    this.#findLeftRecursion(root);
    return { rules: this.#rules, own: [...this.#names.values(), ...this.#groups] };
  }

  #readRule(): void {
    const rule = this.#ruleNamed(this.#readName());
    this.#skip(false);
    if (!this.#takes("::=")) throw this.#fault("expected ::= after the name of a rule");
    this.#skip(true);
    this.#rules[rule] = this.#readAlternatives(0);
    this.#defined.add(rule);
    const next = this.#source[this.#at];
    if (next !== undefined && next !== "\n" && next !== "\r") throw this.#fault("expected the end of the line");
    this.#skip(true);
  }

  #readAlternatives(depth: number): GbnfElement[][] {
    if (depth > depthMax) throw this.#fault(`groups are nested in more than ${depthMax} others`);
    const alternatives = [this.#readSequence(depth)];
    while (this.#takes("|")) {
      this.#skip(true);
      alternatives.push(this.#readSequence(depth));
    }
    return alternatives;
  }

  #readSequence(depth: number): GbnfElement[] {
    const sequence: GbnfElement[] = [];
    let last: GbnfElement[] = [];
    for (;;) {
      const letter = this.#source[this.#at] ?? "";
      const unit = this.#readUnit(letter, depth);
      if (unit) {
        last = unit;
        sequence.push(...unit);
      } else {
        const bounds = this.#readRepeat(letter);
        if (!bounds) return sequence;
        if (last.length === 0) throw this.#fault(`${letter} repeats nothing`);
        sequence.splice(sequence.length - last.length, last.length, ...this.#repeat(last, bounds));
        last = [];
      }
      this.#skip(depth > 0);
    }
  }

  #readUnit(letter: string, depth: number): GbnfElement[] | undefined {
    if (letter === '"') return this.#readLiteral();
    if (letter === "[") return [this.#readSet()];
    if (letter === ".") {
      this.#at++;
      return [this.#count({ ranges: [], isNot: true })];
    }
    if (letter === "(") {
      this.#at++;
      this.#skip(true);
      const group = this.#addRule(this.#readAlternatives(depth + 1));
      if (!this.#takes(")")) throw this.#fault("expected )");
      this.#groups.push(group.rule);
      return [group];
    }
    if (letter === "<" || letter === "!") throw this.#fault("tokens in a grammar are not supported");
    if (!isNameLetter(letter)) return undefined;
    const at = this.#at;
    const name = this.#readName();
    if (!this.#firstUses.has(name)) this.#firstUses.set(name, at);
    return [this.#count({ rule: this.#ruleNamed(name) })];
  }

  #readLiteral(): GbnfElement[] {
    this.#at++;
    const letters: GbnfElement[] = [];
    while (!this.#takes('"')) {
      const letter = this.#readLetter("a text");
      letters.push(this.#count({ ranges: [[letter, letter]], isNot: false }));
    }
    return letters;
  }

  #readSet(): GbnfElement {
    this.#at++;
    const isNot = this.#takes("^");
    const ranges: [number, number][] = [];
    while (!this.#takes("]")) {
      const from = this.#readLetter("a set of letters");
      const isRange = this.#source[this.#at] === "-" && this.#source[this.#at + 1] !== "]";
      if (isRange) this.#at++;
      const to = isRange ? this.#readLetter("a set of letters") : from;
      if (to < from) throw this.#fault("the range ends before it begins");
      ranges.push([from, to]);
    }
    if (ranges.length === 0) throw this.#fault("the set of letters is empty");
    this.#elements += ranges.length;
    return this.#count({ ranges, isNot });
  }

  #readLetter(inWhat: string): number {
    const code = this.#source.codePointAt(this.#at);
    if (code === undefined) throw this.#fault(`${inWhat} does not end`);
    if (code !== backslash) {
      this.#at += code > 0xffff ? 2 : 1;
      return code;
    }
    const kind = this.#source[this.#at + 1] ?? "";
    const digits = hexDigits[kind];
    if (digits === undefined) {
      const escaped = escapes[kind];
      if (escaped === undefined) throw this.#fault(`\\${kind} is no escape`);
      this.#at += 2;
      return escaped.charCodeAt(0);
    }
    const hex = this.#source.slice(this.#at + 2, this.#at + 2 + digits);
    if (hex.length !== digits || !/^[0-9a-fA-F]+$/.test(hex))
      throw this.#fault(`expected ${digits} hexadecimal digits after \\${kind}`);
    this.#at += 2 + digits;
    return Number.parseInt(hex, 16);
  }

  #readRepeat(letter: string): [number, number] | undefined {
    const simple = repeats[letter];
    if (simple) {
      this.#at++;
      return simple;
    }
    if (letter !== "{") return undefined;
    const [whole, low = "", comma, high = ""] = /^\{\s*(\d{1,9})\s*(,)?\s*(\d{1,9})?\s*\}/.exec(
      this.#source.slice(this.#at, this.#at + 64),
    ) ?? [""];
    if (whole === "") throw this.#fault("expected {n}, {n,} or {n,m}");
    const bounds: [number, number] = [
      Number(low),
      comma === undefined ? Number(low) : high === "" ? Infinity : Number(high),
    ];
    if (bounds[1] < bounds[0]) throw this.#fault(`${whole} allows nothing`);
    if (Math.max(bounds[0], Number(high)) > repeatMax)
      throw this.#fault(`at most ${repeatMax} repetitions are allowed, found ${whole}`);
    this.#at += whole.length;
    return bounds;
  }

  /** `a{2,4}` is `a a x` with `x ::= a y |` and `y ::= a |`; `a*` is `x ::= a x |`. */
  #repeat(unit: GbnfElement[], [low, high]: [number, number]): GbnfElement[] {
    const written: GbnfElement[] = [];
    this.#elements += low * unit.length;
    this.#checkSize();
    for (let i = 0; i < low; i++) written.push(...unit);
    if (high === Infinity) {
      const loop = this.#rules.length;
      this.#addRule([[...unit, { rule: loop }], []]);
      return [...written, { rule: loop }];
    }
    let rest: GbnfElement | undefined;
    for (let i = low; i < high; i++) rest = this.#addRule([rest ? unit.concat(rest) : unit, []]);
    return rest ? written.concat(rest) : written;
  }

  #addRule(alternatives: GbnfElement[][]): { rule: number } {
    const rule = this.#rules.length;
    this.#rules.push(alternatives);
    this.#defined.add(rule);
    this.#elements += alternatives.reduce((sum, { length }) => sum + length, alternatives.length);
    this.#checkSize();
    return { rule };
  }

  #ruleNamed(name: string): number {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    if (this.#names.size >= rulesMax) throw this.#fault(`more than ${rulesMax} rules`);
    const rule = this.#rules.length;
    this.#rules.push([]);
    this.#names.set(name, rule);
    return rule;
  }

  #readName(): string {
    const start = this.#at;
    while (isNameLetter(this.#source[this.#at] ?? "")) this.#at++;
    if (this.#at === start) throw this.#fault("expected the name of a rule: letters, digits and -");
    return this.#source.slice(start, this.#at);
  }

  #count(element: GbnfElement): GbnfElement {
    this.#elements++;
    this.#checkSize();
    return element;
  }

  #checkSize(): void {
    if (this.#elements > elementsMax)
      throw this.#fault(`it has more than ${elementsMax} elements when its repetitions are written out`);
  }

  #takes(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  /** White space and comments; line ends only where a rule may go on. */
  #skip(withLines: boolean): void {
    for (;;) {
      const letter = this.#source[this.#at];
      if (letter === "#")
        while (this.#at < this.#source.length && !/[\r\n]/.test(this.#source[this.#at] ?? "")) this.#at++;
      else if (letter === " " || letter === "\t" || (withLines && (letter === "\n" || letter === "\r"))) this.#at++;
      else return;
    }
  }

  /** llama.cpp would go on without end where a rule begins with itself. */
  #findLeftRecursion(root: number): void {
    const empty = emptyRules(this.#rules);
    const states = new Map<number, "open" | "done">();
    const names = new Map([...this.#names].map(([name, rule]) => [rule, name]));
    // A list and not recursion: a chain of rules may be long.
    const open: { rule: number; next: Iterator<number> }[] = [];
    const enter = (rule: number) => {
      states.set(rule, "open");
      open.push({ rule, next: firstRules(this.#rules[rule] ?? [], empty) });
    };
    for (const rule of [root, ...this.#rules.keys()]) {
      if (!states.has(rule)) enter(rule);
      for (let top = open.at(-1); top; top = open.at(-1)) {
        const { value, done } = top.next.next();
        if (done) {
          states.set(top.rule, "done");
          open.pop();
        } else if (states.get(value) === "open") {
          const name = open.map((one) => names.get(one.rule)).findLast((found) => found !== undefined) ?? "root";
          this.#at = this.#firstUses.get(name) ?? 0;
          throw this.#fault(
            names.has(value)
              ? `the rule "${name.slice(0, 60)}" can begin with itself`
              : `the rule "${name.slice(0, 60)}" repeats without end what can be empty`,
          );
        } else if (!states.has(value)) enter(value);
      }
    }
  }

  #fault(problem: string): Error {
    const before = this.#source.slice(0, this.#at);
    const line = before.split("\n").length;
    const column = this.#at - before.lastIndexOf("\n");
    return invalidField("grammar", `line ${line}, column ${column}: ${problem}`);
  }
}

const backslash = 0x5c;
const hexDigits: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
const escapes: Readonly<Record<string, string>> = {
  t: "\t",
  r: "\r",
  n: "\n",
  "\\": "\\",
  '"': '"',
  "[": "[",
  "]": "]",
  "-": "-",
};
const repeats: Readonly<Record<string, [number, number]>> = { "*": [0, Infinity], "+": [1, Infinity], "?": [0, 1] };

function isNameLetter(letter: string): boolean {
  return /^[a-zA-Z0-9-]$/.test(letter);
}

/** The rules that allow an empty text. */
function emptyRules(rules: GbnfRules): Set<number> {
  const empty = new Set<number>();
  // Rules that wait for another one, by that one: each is looked at again only when what it waits for is known.
  const waiting = new Map<number, number[]>();
  const look = (rule: number): boolean =>
    (rules[rule] ?? []).some((sequence) => {
      for (const element of sequence) {
        if (!("rule" in element)) return false;
        if (empty.has(element.rule)) continue;
        const list = waiting.get(element.rule);
        if (list) list.push(rule);
        else waiting.set(element.rule, [rule]);
        return false;
      }
      return true;
    });
  const todo = [...rules.keys()];
  for (let rule = todo.pop(); rule !== undefined; rule = todo.pop()) {
    if (empty.has(rule) || !look(rule)) continue;
    empty.add(rule);
    todo.push(...(waiting.get(rule) ?? []));
    waiting.delete(rule);
  }
  return empty;
}

/** The rules that a rule may begin with. */
function* firstRules(alternatives: readonly (readonly GbnfElement[])[], empty: ReadonlySet<number>): Generator<number> {
  for (const sequence of alternatives)
    for (const element of sequence) {
      if (!("rule" in element)) break;
      yield element.rule;
      if (!empty.has(element.rule)) break;
    }
}
