import type { Token } from "node-llama-cpp";
import type { SahabError } from "../../base/errors.ts";
import type { Account } from "./fair-queue.ts";
import type { Sequence } from "./llama/sequence.ts";
import type { Work } from "./progress.ts";

/** A sequence of the context, held by one answer at a time. */
export interface Slot {
  readonly sequence: Sequence;
  /** The project whose prompt and answer the state holds; undefined for none. */
  project: string | undefined;
  /** Who has it now. */
  lease: Lease | undefined;
  work: Work | undefined;
  usedAt: number;
}

/** An answer that waits for a slot. */
export interface Waiting {
  readonly account: Account<Waiting>;
  readonly tokens: Token[];
  readonly sinceMs: number;
  /** Its request has had slots already: it is under way and must not fail for want of another. */
  readonly isUnderWay: () => boolean;
  /** Who has been asked to give up its slot for it. */
  victim: Lease | undefined;
  admit(slot: Slot): void;
  refuse(error: SahabError): void;
}

/** An answer's hold on a slot, and what decides whether it may be asked to yield. */
export class Lease {
  readonly account: Account<Waiting>;
  sequence: Sequence;
  /** Who gets the slot when the answer yields. */
  successor: Waiting | undefined;
  /** Since when it has the slot, what it has done there, and how much of that it had done before its last pause. */
  sinceMs = performance.now();
  spent = 0;
  redone = 0;
  pauses = 0;

  constructor(account: Account<Waiting>, slot: Slot) {
    this.account = account;
    this.sequence = slot.sequence;
  }

  moveTo(slot: Slot, redone: number): void {
    this.sequence = slot.sequence;
    this.sinceMs = performance.now();
    this.spent = 0;
    this.redone = redone;
    this.pauses++;
  }
}
