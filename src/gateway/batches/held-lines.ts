import type { Tries } from "./line-policy.ts";

export interface Line extends Tries {
  index: number;
  customId: string;
  model: string;
  body: Buffer;
}

/** Where so much waits, the input is read no further until some of it has run. */
const linesMax = 1_000;
const bytesMax = 8 * 1024 * 1024;

/** Lines whose models are waited for; lines of other models pass them. */
export class HeldLines {
  readonly #lines: Line[] = [];
  #bytes = 0;

  get isFull(): boolean {
    return this.#lines.length >= linesMax || this.#bytes >= bytesMax;
  }

  get isEmpty(): boolean {
    return this.#lines.length === 0;
  }

  push(line: Line): void {
    this.#lines.push(line);
    this.#bytes += line.body.length;
  }

  /** The first one that waits for nothing any more. */
  take(untilMs: (model: string) => number, nowMs: number): Line | undefined {
    const place = this.#lines.findIndex(({ model }) => untilMs(model) <= nowMs);
    if (place === -1) return undefined;
    const [line] = this.#lines.splice(place, 1);
    this.#bytes -= line?.body.length ?? 0;
    return line;
  }

  /** When the first of them may run. */
  firstMs(untilMs: (model: string) => number): number {
    return this.#lines.reduce((firstMs, { model }) => Math.min(firstMs, untilMs(model)), Infinity);
  }
}
