import type { Lease, Slot, Waiting } from "./lease.ts";

/** An answer that has yielded and goes on is left alone for so many times as long as others wait before it yields. */
const restFactor = 5;

/**
 * Decides which answer gives its slot up for one that has waited for long. It goes on later from its prompt and the tokens that
 * it has generated, in any slot, where what was lost of its state is evaluated again (vLLM's preemption by recomputation).
 *
 * A slot changes hands only where that makes shares more equal: the holder has at least two more than who waits, or who waits has none.
 */
export class Yields {
  readonly #slots: readonly Slot[];
  readonly #patienceMs: number;

  constructor(slots: readonly Slot[], patienceMs: number) {
    this.#slots = slots;
    this.#patienceMs = patienceMs;
  }

  /** Asks one answer at most: the next is asked when it has yielded. */
  ask(heads: Iterable<Waiting>, nowMs: number): void {
    if (this.#slots.some(({ lease }) => lease?.successor)) return;
    for (const waiting of heads) {
      if (nowMs - waiting.sinceMs < this.#patienceMs) continue;
      const victim = this.#victimFor(waiting, nowMs);
      if (!victim) continue;
      victim.successor = waiting;
      waiting.victim = victim;
      return;
    }
  }

  /** Of the answers that hold most, the one with the least to lose. */
  #victimFor(waiting: Waiting, nowMs: number): Lease | undefined {
    let best: { lease: Lease; held: number } | undefined;
    for (const { lease } of this.#slots) {
      if (!lease || !this.#mayYield(lease, nowMs)) continue;
      const [held, wants] = heldBy(lease, waiting);
      if (held === 0 || (wants > 0 && held - wants < 2)) continue;
      const isBetter =
        !best || held > best.held || (held === best.held && lease.sequence.length < best.lease.sequence.length);
      if (isBetter) best = { lease, held };
    }
    return best?.lease;
  }

  /** After a pause it must have made as much progress as the pause has cost, so that at most half of all work is done twice. */
  #mayYield({ sinceMs, pauses, spent, redone }: Lease, nowMs: number): boolean {
    return nowMs - sinceMs >= this.#patienceMs * (pauses === 0 ? 1 : restFactor) && spent >= 2 * redone;
  }
}

/**
 * Slots that both hold: their projects, or their keys within one project. Nobody yields to its own key, nor to what is in the background;
 * what is there itself counts as holding most.
 */
function heldBy({ account }: Lease, { account: other }: Waiting): [held: number, wants: number] {
  if (account.project.isBackground !== other.project.isBackground)
    return other.project.isBackground ? [0, 0] : [Number.MAX_SAFE_INTEGER, 0];
  if (account.project !== other.project) return [account.project.held, other.project.held];
  return account.key === other.key ? [0, 0] : [account.key.held, other.key.held];
}
