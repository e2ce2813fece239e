import type { Refusals } from "../base/refusals.ts";
import { Shares } from "../base/shares.ts";
import type { ClientAddress } from "./client-address.ts";

/** A team that rolls out a wrong key makes some failures at once, and hears of each without delay. */
const freeFailures = 10;
/** So many failures of an address are forgotten each second. */
const forgottenPerS = 1;
const delayMs = 1_000;
/** Answers that wait, each with a timer and its connection. They wait a second, so these are also most per second. */
const waitingMax = 1_000;
/** Addresses that are remembered, about 200 bytes each; the one that failed longest ago is forgotten first. */
const addressesMax = 10_000;

interface Failures {
  count: number;
  /** Monotonic. */
  atMs: number;
}

/**
 * Requests without a good key, counted by address and answered late where there are many. Only such an answer waits: a key is
 * checked at once, so that a good one is never held up by what others at its address send.
 */
export class FailedKeys {
  readonly #refusals: Refusals;
  readonly #byAddress = new Map<string, Failures>();
  readonly #waiting = new Shares(waitingMax);

  constructor(deps: { refusals: Refusals }) {
    this.#refusals = deps.refusals;
  }

  get addresses(): number {
    return this.#byAddress.size;
  }

  /**
   * Counts a failure. Calls `answer` after a delay where the address has had many, and at once otherwise; `isPatient` is false where
   * so many wait already that the connection should end with the answer.
   */
  answer(address: ClientAddress, answer: (isPatient: boolean) => void): void {
    this.#refusals.note("unauthenticated", { address: address.text });
    if (this.#count(address.keyId) <= freeFailures) {
      answer(true);
      return;
    }
    if (this.#waiting.take(address, 1) !== undefined) {
      answer(false);
      return;
    }
    setTimeout(() => {
      this.#waiting.release(address, 1);
      answer(true);
    }, delayMs);
  }

  #count(address: string): number {
    const nowMs = performance.now();
    const before = this.#byAddress.get(address);
    const left = before ? Math.max(0, before.count - ((nowMs - before.atMs) / 1000) * forgottenPerS) : 0;
    // Those that failed last stand last. What is remembered of one is bounded, so that it can mend its ways.
    const count = Math.min(left + 1, freeFailures * 2);
    this.#byAddress.delete(address);
    this.#byAddress.set(address, { count, atMs: nowMs });
    if (this.#byAddress.size > addressesMax) {
      const [oldest = ""] = this.#byAddress.keys();
      this.#byAddress.delete(oldest);
    }
    return count;
  }
}
