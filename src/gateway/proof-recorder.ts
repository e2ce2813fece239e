import type { Batch, KeptTurn } from "../call/index.ts";
import type { ProofKeys } from "../dialect/proof-keys.ts";

/** More proofs than any answer has. */
const keysMax = 1_000;

/** Notes whose the proofs are that a client gets in the vendor's own bytes, since it may send them back when another vendor answers. */
export class ProofRecorder {
  readonly heldBytes = 0;
  readonly #keysIn: ProofKeys;
  readonly #issuer: string;
  readonly #keys = new Set<string>();

  /** Where conversations are of one vendor, nobody asks after a restart. */
  readonly isForNow: boolean;

  constructor(keysIn: ProofKeys, issuer: string, isForNow: boolean) {
    this.isForNow = isForNow;
    this.#keysIn = keysIn;
    this.#issuer = issuer;
  }

  note(batch: Batch): Batch {
    if (batch.raw && this.#keys.size < keysMax) for (const key of this.#keysIn(batch.raw)) this.#keys.add(key);
    return batch;
  }

  /** A turn for each proof, which stands for it alone. */
  turns(): KeptTurn[] {
    return [...this.#keys].map((key) => ({ key, issuer: this.#issuer, pieces: [] }));
  }
}
