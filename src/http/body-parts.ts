import { free } from "./join-in-turns.ts";
import { append } from "./append.ts";

/** Smaller pieces are put together, up to the size of a usual piece: each by itself would take a hundred bytes, and keep all that came with it in memory. */
const smallPieceBytes = 2 * 1024;
const gatheredBytesMax = 64 * 1024;
const noBytes = Buffer.alloc(0);

/** The body of a request that does not come at once. */
export class BodyParts {
  #parts: Buffer[] = [];
  /** The last of the parts is a buffer of ours that takes more. */
  #isGathering = false;
  /** Room for all of it, where its length is known; the parts are in it then. */
  #whole: Buffer | undefined;
  #length = 0;

  /** From here on all goes into one buffer of the body's length. */
  reserve(length: number): void {
    const whole = Buffer.allocUnsafe(length);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    this.#whole = whole;
  }

  add(piece: Buffer): void {
    const at = this.#length;
    const last = this.#parts.at(-1);
    this.#length += piece.length;
    if (this.#whole) {
      this.#whole.set(piece, at);
      free(piece);
    } else if (piece.length >= smallPieceBytes) {
      this.#parts.push(piece);
      this.#isGathering = false;
    } else if (this.#isGathering && last && last.length < gatheredBytesMax)
      this.#parts[this.#parts.length - 1] = append(last, piece);
    else {
      this.#parts.push(append(noBytes, piece));
      this.#isGathering = true;
    }
  }

  /** All of it. Called once, as `takeApart` is. */
  take(): Buffer {
    const parts = this.takeApart();
    const [first] = parts;
    return first && parts.length === 1 ? first : Buffer.concat(parts);
  }

  /** All of it, in pieces that follow each other. */
  takeApart(): Buffer[] {
    return this.#whole ? [this.#whole] : this.#parts;
  }
}
