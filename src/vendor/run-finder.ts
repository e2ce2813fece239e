import type { TextFollower } from "../dialect/dialect.ts";

const backslash = 0x5c;

/**
 * Finds any of some runs of bytes in a text that comes in pieces (Aho and Corasick, 1975). One look into a table for each
 * byte, about 1 ns, and nothing is kept of the text but a number. Backslashes count for nothing, so that it makes no
 * difference whether JSON's short escapes are resolved.
 */
export class RunFinder {
  /** Which column of the table a byte has; 0 for bytes that are in no run. */
  readonly #columns = new Uint8Array(256);
  readonly #width: number;
  /** The next state by state and column; `found` where a run is complete. */
  readonly #table: Uint16Array;

  constructor(runs: readonly string[]) {
    const all = runs.map((run) => Buffer.from(run.replaceAll("\\", ""))).filter((run) => run.length > 0);
    let width = 1;
    for (const byte of all.flatMap((run) => [...run])) this.#columns[byte] ||= width++;
    this.#width = width;
    const states = 1 + all.reduce((sum, run) => sum + run.length, 0);
    if (states >= found) throw new RangeError(`Cannot look for ${states} bytes; fewer than ${found} are allowed`);
    this.#table = new Uint16Array(states * width);
    this.#fill(all);
  }

  /** Follows one text. */
  follow(): TextFollower {
    const columns = this.#columns;
    const table = this.#table;
    const width = this.#width;
    let state = 0;
    const take = (byte: number): boolean => {
      if (byte === backslash) return false;
      state = table[state * width + (byte > 255 ? 0 : (columns[byte] as number))] as number;
      return state === found;
    };
    return {
      takeBytes(bytes, start, end) {
        for (let at = start; at < end; at++) if (take(bytes[at] as number)) return true;
        return false;
      },
      take(text) {
        for (let at = 0; at < text.length; at++) if (take(text.charCodeAt(at))) return true;
        return false;
      },
    };
  }

  #fill(runs: readonly Buffer[]): void {
    const table = this.#table;
    const width = this.#width;
    let count = 1;
    for (const run of runs) {
      let state = 0;
      for (const [index, byte] of run.entries()) {
        const cell = state * width + (this.#columns[byte] as number);
        // A run that begins with another is found with that one.
        if (table[cell] === found) break;
        if (index === run.length - 1) table[cell] = found;
        else if (table[cell] === 0) table[cell] = count++;
        state = table[cell] as number;
      }
    }
    // Where a run breaks off, the longest end of what was read that begins a run goes on; breadth first, so that it is known.
    const fallback = new Uint16Array(count);
    const queue = [0];
    for (let state = queue.shift(); state !== undefined; state = queue.shift()) {
      for (let column = 1; column < width; column++) {
        const cell = state * width + column;
        const next = table[cell] as number;
        const other = state === 0 ? 0 : (table[(fallback[state] as number) * width + column] as number);
        if (other === found) table[cell] = found;
        else if (next === 0) table[cell] = other;
        else if (next !== found) {
          fallback[next] = other;
          queue.push(next);
        }
      }
    }
  }
}

const found = 0xffff;
