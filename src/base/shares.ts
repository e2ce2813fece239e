/** The project and key that a request belongs to. */
export interface Tenant {
  readonly project: string;
  readonly keyId: string;
  /** Nobody waits for the answer: where slots are scarce, all others come first. */
  readonly isBackground?: boolean;
}

/** The tenant of a request that has no project and no key. */
export const nobody: Tenant = { project: "", keyId: "" };

/** The share that is full. `total`: nothing is left for anybody. */
export type ShareBound = "total" | "project" | "key";

/**
 * How many times what is left a project may hold: three quarters of the whole while it is alone, three sevenths each of two
 * that want all they get, three tenths each of three. So something is left for a project that holds nothing yet.
 */
const alpha = 3;

interface Held {
  amount: number;
  readonly keys: Map<string, number>;
}

const emptyHeld = (): Held => ({ amount: 0, keys: new Map() });

/**
 * A bounded resource that projects share, and keys within a project: places, bytes. Nothing is set aside, so that whoever
 * is alone gets most of it; the more is held, the less may one holder have (dynamic thresholds: Choudhury and Hahne, 1998).
 */
export class Shares {
  readonly #total: number;
  readonly #projects = new Map<string, Held>();
  #held = 0;
  /** Of the project that last gave back all that it had: a lone caller's next request needs no new one. */
  #spare: Held | undefined;

  constructor(total: number) {
    this.#total = total;
  }

  get total(): number {
    return this.#total;
  }

  get held(): number {
    return this.#held;
  }

  /** How much the key, or all of the project where none is given, holds now. */
  heldBy(project: string, keyId?: string): number {
    const held = this.#projects.get(project);
    return (keyId === undefined ? held?.amount : held?.keys.get(keyId)) ?? 0;
  }

  /** Takes an amount, or none of it and returns the bound that is in the way. */
  take({ project, keyId }: Tenant, amount: number): ShareBound | undefined {
    // Whoever holds more than is its share by now may still ask for nothing.
    if (amount === 0) return undefined;
    const left = this.#total - this.#held;
    if (amount > left) return "total";
    let held = this.#projects.get(project);
    const projectLeft = alpha * left - (held?.amount ?? 0);
    if (amount > projectLeft) return "project";
    const ofKey = held?.keys.get(keyId) ?? 0;
    if (amount > alpha * projectLeft - ofKey) return "key";
    if (!held) {
      held = this.#spare ?? emptyHeld();
      this.#spare = undefined;
      this.#projects.set(project, held);
    }
    this.#held += amount;
    held.amount += amount;
    held.keys.set(keyId, ofKey + amount);
    return undefined;
  }

  /** Gives back what was taken. */
  release({ project, keyId }: Tenant, amount: number): void {
    const held = this.#projects.get(project);
    if (!held) return;
    this.#held -= amount;
    held.amount -= amount;
    const ofKey = (held.keys.get(keyId) ?? 0) - amount;
    if (ofKey > 0) held.keys.set(keyId, ofKey);
    else held.keys.delete(keyId);
    if (held.amount > 0) return;
    this.#projects.delete(project);
    this.#spare = held;
  }
}
