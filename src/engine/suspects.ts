import { SahabError } from "../base/errors.ts";
import type { EncodedRequest } from "../call/index.ts";

interface Suspect {
  crashes: number;
  lastMs: number;
}

/** The right to send a suspect request; undefined for all others. */
export interface Pass {
  leave(): void;
}

/**
 * Requests that an engine was given, and of which it had said nothing yet, when it ended. Any of them may have ended it, so they
 * are sent one at a time: then the next crash has one cause. What an engine has answered is a suspect no more; what was there at
 * two crashes is refused for a while, whoever sends it again.
 */
export class Suspects {
  readonly #suspects = new Map<bigint | number, Suspect>();
  #queue: Promise<void> = Promise.resolve();

  /** Waits for its turn where the request is suspect. Throws `unsupported_operation` where it has ended the engine twice. */
  async pass(model: string, request: object): Promise<Pass | undefined> {
    // Nearly always nothing is suspect, and no request is looked at.
    if (this.#suspects.size === 0) return undefined;
    const key = keyOf(request);
    if (!this.#find(key)) return undefined;
    const before = this.#queue;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#queue = before.then(() => promise);
    await before;
    const { crashes = 0 } = this.#find(key) ?? {};
    if (crashes < crashesMax) return { leave: resolve };
    resolve();
    throw new SahabError(
      "unsupported_operation",
      `The engine of model ${model} has ended ${crashes} times while it read this request; it gets it again after ${forgetMs / 60_000} minutes`,
    );
  }

  /** The engine has begun to answer. */
  clear(request: object): void {
    if (this.#suspects.size > 0) this.#suspects.delete(keyOf(request));
  }

  /** The engine has ended while it had the request. */
  blame(request: object): void {
    const key = keyOf(request);
    const crashes = (this.#find(key)?.crashes ?? 0) + 1;
    this.#suspects.delete(key);
    this.#suspects.set(key, { crashes, lastMs: performance.now() });
    for (const oldest of this.#suspects.keys()) {
      if (this.#suspects.size <= suspectsMax) break;
      this.#suspects.delete(oldest);
    }
  }

  #find(key: bigint | number): Suspect | undefined {
    const suspect = this.#suspects.get(key);
    if (!suspect || performance.now() - suspect.lastMs < forgetMs) return suspect;
    this.#suspects.delete(key);
    return undefined;
  }
}

const crashesMax = 2;
const forgetMs = 10 * 60_000;
/** As many as an engine's queue holds by default, twice. */
const suspectsMax = 512;

function keyOf(request: object | EncodedRequest): bigint | number {
  return Bun.hash("json" in request ? request.json : JSON.stringify(request));
}
