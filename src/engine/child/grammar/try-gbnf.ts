import { invalidField } from "../../../dialect/read.ts";
import type { GbnfElement, GbnfRules } from "./read-gbnf.ts";

/**
 * Tries out what a caller's grammar costs. llama.cpp follows all readings of a text at once, and compares each token of the vocabulary with
 * each of them, so that a grammar such as `root ::= "a" (root "b" | root "c")?`, whose readings double with every letter, would stop the engine. This
 * writes texts that the grammar allows, beginning at each of its rules, and counts their readings on the way. It throws
 * `invalid_request` where there are too many. No finite trial finds all such grammars: what gets through is ended as an engine that hangs.
 */
export function* tryGbnf(rules: GbnfRules): Generator<undefined, void> {
  const places = new Places(rules);
  const random = seeded();
  let steps = 0;
  // Rules of a large grammar are tried in the order in which it has them, as far as the work allows.
  for (const rule of rules.keys()) {
    for (let walk = 0; walk < walksOfEach && steps < stepsMax; walk++) {
      yield undefined;
      steps += walkOnce(places, rule, random);
    }
  }
}

const walksOfEach = 4;
const lettersOfEach = 64;
/** JSON has 10 at most, a grammar of a programming language 30. With 256, each of 150,000 tokens is compared in about half a second. */
const readingsMax = 256;
/** How many unwritten rules one letter may lead through. */
const closureMax = 8_192;
/** About 0.2 s. */
const stepsMax = 1_000_000;

/** A place in the grammar, and what is to be read after its rule. */
interface Reading {
  place: number;
  after: Reading | undefined;
  id: number;
}

/** Every element of every alternative has a number; that of the one after it is one higher. */
class Places {
  readonly elements: GbnfElement[] = [];
  readonly isLast: boolean[] = [];
  /** Where each alternative of a rule begins; undefined for an empty one. */
  readonly starts: (number | undefined)[][];

  constructor(rules: GbnfRules) {
    this.starts = rules.map((alternatives) =>
      alternatives.map((sequence) => {
        const start = this.elements.length;
        for (const [index, element] of sequence.entries()) {
          this.elements.push(element);
          this.isLast.push(index === sequence.length - 1);
        }
        return sequence.length > 0 ? start : undefined;
      }),
    );
  }
}

/** Writes one text; returns how much work that was. */
function walkOnce(places: Places, root: number, random: () => number): number {
  const readings = new Readings(places);
  let current = readings.begin(root);
  let letter = -1;
  for (let i = 0; i < lettersOfEach && current.length > 0; i++) {
    // Repeated letters are what tokens have many of, such as white space.
    const repeats = random() < 0.5 && current.some(({ place }) => matches(places.elements[place], letter));
    if (!repeats)
      letter = pickLetter(places.elements[current[Math.floor(random() * current.length)]?.place ?? 0], random);
    current = readings.go(current, letter);
  }
  return readings.steps;
}

class Readings {
  readonly #places: Places;
  readonly #known = new Map<number, Reading>();
  steps = 0;

  constructor(places: Places) {
    this.#places = places;
  }

  begin(rule: number): Reading[] {
    return this.#settle(this.#enter(rule, undefined));
  }

  go(current: readonly Reading[], letter: number): Reading[] {
    this.steps += current.length;
    return this.#settle(
      current.flatMap((reading) =>
        matches(this.#places.elements[reading.place], letter) ? [this.#next(reading)] : [],
      ),
    );
  }

  /** Follows references until all readings wait for a letter. A reading that has come to its end is left out. */
  #settle(todo: (Reading | undefined)[]): Reading[] {
    const seen = new Set<Reading>();
    const settled: Reading[] = [];
    for (let reading = todo.pop(); reading || todo.length > 0; reading = todo.pop()) {
      if (!reading || seen.has(reading)) continue;
      seen.add(reading);
      this.steps++;
      const element = this.#places.elements[reading.place];
      if (element && "rule" in element) todo.push(...this.#enter(element.rule, this.#next(reading)));
      else settled.push(reading);
      if (settled.length > readingsMax || seen.size > closureMax)
        throw invalidField(
          "grammar",
          `it can read one text in more than ${readingsMax} ways at once, which would take too long; make its alternatives and repetitions begin with different letters`,
        );
    }
    return settled;
  }

  #enter(rule: number, after: Reading | undefined): (Reading | undefined)[] {
    return (this.#places.starts[rule] ?? []).map((start) => (start === undefined ? after : this.#at(start, after)));
  }

  #next({ place, after }: Reading): Reading | undefined {
    return this.#places.isLast[place] ? after : this.#at(place + 1, after);
  }

  /** The same reading is the same object. */
  #at(place: number, after: Reading | undefined): Reading {
    const key = ((after?.id ?? -1) + 1) * this.#places.elements.length + place;
    let known = this.#known.get(key);
    if (!known) this.#known.set(key, (known = { place, after, id: this.#known.size }));
    return known;
  }
}

function matches(element: GbnfElement | undefined, letter: number): boolean {
  if (!element || "rule" in element || letter < 0) return false;
  return element.ranges.some(([from, to]) => letter >= from && letter <= to) !== element.isNot;
}

function pickLetter(element: GbnfElement | undefined, random: () => number): number {
  if (!element || "rule" in element) return -1;
  if (element.isNot) return usualLetters.find((letter) => matches(element, letter)) ?? 0x4e00;
  const [from, to] = element.ranges[Math.floor(random() * element.ranges.length)] ?? [0, 0];
  return from + Math.floor(random() * (to - from + 1));
}

const usualLetters = Array.from(" aA0", (letter) => letter.charCodeAt(0));

/** The same numbers each time, so that a grammar is always judged the same (mulberry32). */
function seeded(): () => number {
  let state = 1;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
