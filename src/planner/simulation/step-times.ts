import { PlanFault } from "../sheet/index.ts";

/** How long the steps of a replica take, milliseconds; pure. */
export interface StepFunctions {
  /** A step that computes so many tokens of a prompt, after so many whose state is kept. */
  prefillMs(newTokens: number, tokensBefore: number): number;
  /** A step that makes one token for each of `batch` sequences of so many tokens on average. */
  decodeMs(batch: number, contextTokens: number): number;
}

/** Rows of contexts in a table; between them times are interpolated. */
const contextRows = 64;
/** Points of a table for each doubling of the tokens of a step: 1, 2, … 16, 18, 20, … 32, 36, 40 … */
const pointBits = 3;
const pointsPerDoubling = 2 ** pointBits;

/** The two functions as tables, so that a simulation can ask them millions of times. */
export class StepTimes {
  readonly #prefill: Float64Array;
  readonly #points: number;
  readonly #decode: Float64Array;
  readonly #batchMax: number;
  /** Tokens from one row of contexts to the next. */
  readonly #rowTokens: number;

  /** Up to so many sequences of so many tokens. */
  constructor(functions: StepFunctions, { batchMax, contextMax }: { batchMax: number; contextMax: number }) {
    this.#batchMax = batchMax;
    this.#rowTokens = Math.max(1, Math.ceil(contextMax / contextRows));
    this.#points = pointOf(contextMax) + 2;
    this.#prefill = new Float64Array((contextRows + 2) * this.#points);
    this.#decode = new Float64Array((contextRows + 2) * (batchMax + 1));
    for (let row = 0; row < contextRows + 2; row++) {
      const context = row * this.#rowTokens;
      for (let point = 0; point < this.#points; point++)
        this.#prefill[row * this.#points + point] = checked(functions.prefillMs(tokensAt(point), context), "prefill");
      for (let batch = 1; batch <= batchMax; batch++)
        this.#decode[row * (batchMax + 1) + batch] = checked(functions.decodeMs(batch, context), "decode");
    }
  }

  /** A step that computes so many tokens, at least 1, of a prompt after so many whose state is kept; milliseconds. */
  prefillMs(newTokens: number, tokensBefore: number): number {
    const row = Math.min(contextRows, Math.floor(tokensBefore / this.#rowTokens));
    const rowShare = tokensBefore / this.#rowTokens - row;
    // Beyond the last point, the line through the last two goes on.
    const point = Math.min(this.#points - 2, pointOf(newTokens));
    const low = tokensAt(point);
    const share = (newTokens - low) / (tokensAt(point + 1) - low);
    const at = row * this.#points + point;
    const here = this.#prefill[at]! * (1 - share) + this.#prefill[at + 1]! * share;
    const next = at + this.#points;
    return here * (1 - rowShare) + (this.#prefill[next]! * (1 - share) + this.#prefill[next + 1]! * share) * rowShare;
  }

  /** A step of so many sequences, at least 1, of so many tokens on average; milliseconds. */
  decodeMs(batch: number, contextTokens: number): number {
    const row = Math.min(contextRows, Math.floor(contextTokens / this.#rowTokens));
    const share = contextTokens / this.#rowTokens - row;
    const at = row * (this.#batchMax + 1) + batch;
    return this.#decode[at]! * (1 - share) + this.#decode[at + this.#batchMax + 1]! * share;
  }
}

/** The last point whose tokens are no more than these. */
function pointOf(tokens: number): number {
  if (tokens < 2 * pointsPerDoubling) return Math.max(0, Math.floor(tokens) - 1);
  const doublings = 31 - Math.clz32(tokens);
  const shift = doublings - pointBits;
  return (shift + 1) * pointsPerDoubling - 1 + ((tokens >>> shift) & (pointsPerDoubling - 1));
}

/** Tokens of a point. */
function tokensAt(point: number): number {
  if (point < 2 * pointsPerDoubling - 1) return point + 1;
  const above = point + 1 - pointsPerDoubling;
  const doublings = Math.floor(above / pointsPerDoubling);
  return (pointsPerDoubling + (above % pointsPerDoubling)) * 2 ** doublings;
}

function checked(ms: number, phase: string): number {
  if (Number.isFinite(ms) && ms >= 0) return ms;
  throw new PlanFault(`Cannot simulate: a ${phase} step takes ${ms} ms; a number from 0 is allowed`);
}
