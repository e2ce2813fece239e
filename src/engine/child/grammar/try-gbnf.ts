import { invalidField } from "../../../dialect/read.ts";
import type { Gbnf, GbnfElement } from "./read-gbnf.ts";

/**
 * Tries out what a caller's grammar costs. llama.cpp compares each token of the vocabulary with all ways in which the grammar may read its
 * letters, so that one such as `root ::= "a" (root "b" | root "c")?`, whose readings double with every letter, would stop the engine. This
 * writes texts that the grammar allows, beginning at each of its rules, and counts their readings on the way. It throws `invalid_request`
 * where there are too many. No finite trial finds all such grammars: what gets through is ended as an engine that hangs.
 */
export function* tryGbnf({ rules, own }: Gbnf): Generator<undefined, void> {
  const places = new Places(rules);
  const random = seeded();
  let steps = 0;
  for (const rule of own)
    for (let walk = 0; walk < walksOfEach; walk++) {
      yield undefined;
      steps += walkOnce(places, rule, random);
      if (steps > stepsMax) throw invalidField("grammar", "it is too large to be tried out; make it smaller");
    }
}

const walksOfEach = 4;
const lettersOfEach = 64;
/** Few tokens have more letters. */
const tokenLetters = 16;
/** llama.cpp's own examples of grammars, of JSON and of C, have 48 at most. */
const waysMax = 1_000;
/** How many unwritten rules one letter may lead through. */
const closureMax = 8_192;
const stepsMax = 2_000_000;

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

  constructor(rules: Gbnf["rules"]) {
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
  let ways = readings.begin(root);
  let letter = -1;
  for (let i = 0; i < lettersOfEach && ways.size > 0; i++) {
    // A token begins anywhere.
    if (i % tokenLetters === 0) for (const reading of ways.keys()) ways.set(reading, 1);
    const current = [...ways.keys()];
    // Repeated letters are what tokens have many of, such as white space.
    const repeats = random() < 0.5 && current.some(({ place }) => matches(places.elements[place], letter));
    if (!repeats)
      letter = pickLetter(places.elements[current[Math.floor(random() * current.length)]?.place ?? 0], random);
    ways = readings.go(ways, letter);
  }
  return readings.steps;
}

/** How many ways lead to each reading, since the token began. */
type Ways = Map<Reading, number>;

class Readings {
  readonly #places: Places;
  readonly #known = new Map<number, Reading>();
  readonly #settled = new Map<Reading, readonly Reading[]>();
  steps = 0;

  constructor(places: Places) {
    this.#places = places;
  }

  begin(rule: number): Ways {
    return new Map(this.#settle(this.#enter(rule, undefined)).map((reading) => [reading, 1]));
  }

  /** The readings after a letter. */
  go(ways: Ways, letter: number): Ways {
    const after: Ways = new Map();
    let sum = 0;
    for (const [reading, count] of ways) {
      this.steps++;
      if (!matches(this.#places.elements[reading.place], letter)) continue;
      const next = this.#next(reading);
      for (const settled of next ? this.#settleOne(next) : none) {
        this.steps++;
        sum += count;
        after.set(settled, (after.get(settled) ?? 0) + count);
      }
      if (sum > waysMax) throw tooMany();
    }
    return after;
  }

  #settleOne(reading: Reading): readonly Reading[] {
    let settled = this.#settled.get(reading);
    if (!settled) this.#settled.set(reading, (settled = this.#settle([reading])));
    return settled;
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
      if (settled.length > waysMax || seen.size > closureMax) throw tooMany();
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

const none: readonly Reading[] = [];

function tooMany(): Error {
  return invalidField(
    "grammar",
    `it reads ${tokenLetters} letters in more than ${waysMax} ways, which would take too long for each token; make its alternatives and repetitions begin with different letters`,
  );
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
