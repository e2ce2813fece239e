import { AddressRanges } from "./address-ranges.ts";

/** From where something is allowed. */
export interface AddressLimit {
  /** As they were given. */
  readonly ranges: readonly string[];
  includes(address: string): boolean;
}

/** Addresses found allowed that are remembered: a comparison takes 2 to 8 µs, and a key is used from a few. */
const rememberedMax = 1_000;

/** Throws for a range that cannot be read, so that none is left out without a word. */
export function limitAddresses(ranges: readonly string[]): AddressLimit {
  const allowed = new AddressRanges();
  for (const range of ranges)
    if (!allowed.add(range)) throw new Error(`"${range.slice(0, 100)}" is neither an address nor a range of them`);
  const remembered = new Set<string>();
  return {
    ranges,
    includes(address) {
      if (remembered.has(address)) return true;
      if (!allowed.includes(address)) return false;
      if (remembered.size >= rememberedMax) remembered.clear();
      remembered.add(address);
      return true;
    },
  };
}
