import { BlockList, isIP } from "node:net";

/** Addresses and ranges of them in CIDR notation, of both versions of IP. */
export class AddressRanges {
  /** Apart, since the platform finds every address of version 4 in a range of version 6 such as ::/64. */
  readonly #lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  #isEmpty = true;

  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** Adds `10.0.0.7`, `10.0.0.0/8` or `fd00::/8`; false for a text that is none of these. */
  add(range: string): boolean {
    const [start = "", bits, ...more] = range.split("/");
    const version = isIP(start);
    if (version === 0 || start.includes("%") || more.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits)))
      return false;
    const address = plainAddress(start);
    const isMapped = isIP(address) !== version;
    const prefix = (bits === undefined ? (version === 6 ? 128 : 32) : Number(bits)) - (isMapped ? 96 : 0);
    if (prefix < 0 || prefix > (isIP(address) === 6 ? 128 : 32)) return false;
    const type = typeOf(address);
    this.#lists[type].addSubnet(address, prefix, type);
    this.#isEmpty = false;
    return true;
  }

  /** False for a text that is no address. */
  includes(text: string): boolean {
    if (this.#isEmpty || isIP(text) === 0) return false;
    const address = plainAddress(text);
    const type = typeOf(address);
    return this.#lists[type].check(address, type);
  }
}

const typeOf = (address: string) => (isIP(address) === 6 ? "ipv6" : "ipv4");

/** An address without its zone, and as version 4 where a socket of both versions writes such a one as version 6 (`::ffff:10.0.0.7`). */
export function plainAddress(address: string): string {
  if (isIP(address) !== 6) return address;
  const plain = address.replace(/%.*$/, "").toLowerCase();
  const groups = groupsOf(plain);
  if (groups.slice(0, 5).some((group) => group !== 0) || groups[5] !== 0xffff) return plain;
  const [high = 0, low = 0] = groups.slice(6);
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/** The eight numbers of an address of version 6. */
export function groupsOf(address: string): number[] {
  // Its last two may be written as an address of version 4.
  const text = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [start = [], end] = text.split("::").map((half) =>
    half
      .split(":")
      .filter((group) => group !== "")
      .map((group) => Number.parseInt(group, 16)),
  );
  if (!end) return start;
  return [...start, ...Array.from({ length: 8 - start.length - end.length }, () => 0), ...end];
}

const loopback = new AddressRanges();
loopback.add("127.0.0.0/8");
loopback.add("::1");

/** Whether a name or an address, without brackets and a port, is this machine itself. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, "");
  if (isIP(name) !== 0) return loopback.includes(name);
  return name === "localhost" || name.endsWith(".localhost");
}
