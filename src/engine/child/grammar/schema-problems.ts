/** What of a schema the grammar does not hold: the first is an error where every text must be valid, and is left out otherwise. */
export class SchemaProblems {
  readonly #strict: boolean;
  readonly #places = new Set<string>();

  constructor(options: { strict: boolean }) {
    this.#strict = options.strict;
  }

  /** Returns only where the keyword at this place may be left out. */
  leaveOut(place: string, problem: string): void {
    if (this.#strict) throw new SchemaError(place, problem);
    if (this.#places.size < placesMax) this.#places.add(place.slice(0, placeCharsMax));
  }

  /** The places of what was left out. */
  get places(): string[] {
    return [...this.#places];
  }
}

/** No grammar can be made for a schema. */
export class SchemaError extends Error {
  /** The path of the keyword at fault, as the client names it. */
  readonly place: string;

  constructor(place: string, problem: string) {
    const bounded = place.slice(0, placeCharsMax);
    super(`${bounded}: ${problem}`);
    this.place = bounded;
  }
}

/** What an error says of a value that it found; short, since the value is the client's. */
export function nameValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" && value !== null) return "an object";
  return JSON.stringify(value).slice(0, 60);
}

/** More than this many places are not told. */
const placesMax = 100;
/** Names in a place are the client's own. */
const placeCharsMax = 500;
