import type { JsonObject } from "./read.ts";

/** A turn as vendors take it that want those of one role together. */
export interface GatheredTurn<Role extends string> {
  role: Role;
  /** What tools have answered, which leads the rest. */
  results: JsonObject[];
  parts: JsonObject[];
  extensions: JsonObject;
}

/** Turns whose neighbours of one role become one, and of which the empty ones are none. */
export class GatheredTurns<Role extends string> {
  readonly #turns: GatheredTurn<Role>[] = [];

  /** The last turn where it is of the role, else a new one. */
  of(role: Role): GatheredTurn<Role> {
    let last = this.#turns.at(-1);
    if (last && last.role !== role && isEmpty(last)) {
      this.#turns.pop();
      last = this.#turns.at(-1);
    }
    if (last?.role === role) return last;
    const turn: GatheredTurn<Role> = { role, results: [], parts: [], extensions: {} };
    this.#turns.push(turn);
    return turn;
  }

  /** The role of the last one that says something; undefined where there is none. */
  get lastRole(): Role | undefined {
    return this.#turns.findLast((turn) => !isEmpty(turn))?.role;
  }

  /** All that say something. */
  get all(): readonly GatheredTurn<Role>[] {
    return this.#turns.filter((turn) => !isEmpty(turn));
  }
}

function isEmpty({ results, parts }: GatheredTurn<string>): boolean {
  return results.length + parts.length === 0;
}
