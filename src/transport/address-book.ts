import { lookup } from "node:dns/promises";
import { isIP } from "node:net";

/** All addresses of a name, the preferred one first. Rejects with an error that has a `code`, such as ENOTFOUND. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** The operating system's way, which knows /etc/hosts and prefers addresses as RFC 6724 has it. */
export const resolveBySystem: Resolve = async (host) => {
  const found = await lookup(host, { all: true, verbatim: true });
  return found.map(({ address }) => address);
};

/** Many new connections at once ask for a name once. Short, since a name that moves is to be followed. */
const nameMsMaxDefault = 5_000;
/** An address that did not answer is tried after the others for so long. */
const avoidedMs = 60_000;
const addressesMax = 8;
/** Attempts to connect to one address that were given up. The runtime cannot end them; the kernel does after two minutes. */
const abandonedMax = 256;

/** Where a host is found, and which of its addresses have answered. */
export class AddressBook {
  readonly #resolve: Resolve;
  readonly #nameMsMax: number;
  #known: { host: string; untilMs: number; addresses: Promise<readonly string[]> } | undefined;
  readonly #avoidedUntilMs = new Map<string, number>();
  readonly #abandoned = new Map<string, number>();

  constructor(resolve: Resolve, nameMsMax = nameMsMaxDefault) {
    this.#resolve = resolve;
    this.#nameMsMax = nameMsMax;
  }

  /** The addresses to try, in order: the families take turns (RFC 8305, §4), those that did not answer lately come last. */
  async addressesOf(host: string): Promise<string[]> {
    const addresses = isIP(host) ? [host] : takeTurns(await this.#lookUp(host)).slice(0, addressesMax);
    const nowMs = performance.now();
    const isAvoided = (address: string) => (this.#avoidedUntilMs.get(address) ?? 0) > nowMs;
    return [...addresses.filter((address) => !isAvoided(address)), ...addresses.filter(isAvoided)];
  }

  /** Whether so many attempts to connect to it were given up that no further one is made until some of them have ended. */
  isExhausted(address: string): boolean {
    return (this.#abandoned.get(address) ?? 0) >= abandonedMax;
  }

  /** An attempt to connect is given up, and goes on until `noteEnd`. */
  noteAbandoned(address: string): void {
    this.#abandoned.set(address, (this.#abandoned.get(address) ?? 0) + 1);
  }

  /** An attempt that was given up has ended. */
  noteEnd(address: string): void {
    const others = (this.#abandoned.get(address) ?? 0) - 1;
    if (others > 0) this.#abandoned.set(address, others);
    else this.#abandoned.delete(address);
  }

  noteAnswer(address: string): void {
    this.#avoidedUntilMs.delete(address);
  }

  noteSilence(address: string): void {
    const nowMs = performance.now();
    for (const [other, untilMs] of this.#avoidedUntilMs) if (untilMs <= nowMs) this.#avoidedUntilMs.delete(other);
    this.#avoidedUntilMs.set(address, nowMs + avoidedMs);
  }

  #lookUp(host: string): Promise<readonly string[]> {
    const nowMs = performance.now();
    const known = this.#known;
    if (known?.host === host && known.untilMs > nowMs) return known.addresses;
    const addresses = this.#resolve(host);
    const entry = { host, untilMs: nowMs + this.#nameMsMax, addresses };
    this.#known = entry;
    addresses.catch(() => {
      if (this.#known === entry) this.#known = undefined;
    });
    return addresses;
  }
}

function takeTurns(addresses: readonly string[]): string[] {
  const family = isIP(addresses[0] ?? "");
  const first = addresses.filter((address) => isIP(address) === family);
  const second = addresses.filter((address) => isIP(address) !== family);
  return Array.from({ length: Math.max(first.length, second.length) }, (_, index) => [
    ...first.slice(index, index + 1),
    ...second.slice(index, index + 1),
  ]).flat();
}
