import { isIP } from "node:net";
import { assert } from "./assert.ts";
import { AddressRanges, groupsOf, isLoopback, plainAddress } from "./address-ranges.ts";

/**
 * Where an IP address leads: `loopback` is this machine, to which an unspecified address leads, too; `metadata` is link-local
 * (169.254.0.0/16, fe80::/10) and the other addresses at which clouds give a machine its secrets; `reserved` is all that nobody
 * serves from (documentation, multicast, RFC 6890).
 */
export type AddressKind = "public" | "loopback" | "private" | "metadata" | "reserved";

/** The kind of an IP address. One that carries an IPv4 address within it (mapped, NAT64, 6to4) is of that one's kind. */
export function kindOfAddress(address: string): AddressKind {
  if (isIP(address) === 0) throw new Error(`${address} is not an IP address`);
  const plain = plainAddress(address);
  const inner = isIP(plain) === 6 ? embeddedIpv4(plain) : undefined;
  if (inner !== undefined) return kindOfAddress(inner);
  if (isLoopback(plain)) return "loopback";
  for (const [kind, ranges] of kinds) if (ranges.includes(plain)) return kind;
  return "public";
}

/** In this order: a metadata address may lie in a private network. */
const subnets: [AddressKind, string[]][] = [
  [
    "metadata",
    ["169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32"],
  ],
  ["loopback", ["0.0.0.0/8", "::/128"]],
  ["private", ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10"]],
  [
    "reserved",
    (
      "192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3 " +
      "100::/64 2001::/23 2001:db8::/32 3fff::/20 5f00::/16 64:ff9b:1::/48 ff00::/8"
    ).split(" "),
  ],
];

const kinds = subnets.map(([kind, networks]): [AddressKind, AddressRanges] => {
  const ranges = new AddressRanges();
  for (const network of networks) assert(ranges.add(network), `${network} is a range`);
  return [kind, ranges];
});

/** The IPv4 address inside an IPv6 address: translated (RFC 6052, 7915), compatible or 6to4. Mapped addresses are not among them. */
function embeddedIpv4(address: string): string | undefined {
  const groups = groupsOf(address);
  const starts = (...prefix: number[]) => prefix.every((group, index) => group === groups[index]);
  const isAtEnd =
    starts(0, 0, 0, 0, 0xffff, 0) ||
    starts(0x64, 0xff9b, 0, 0, 0, 0) ||
    // :: and ::1 are addresses of their own.
    (starts(0, 0, 0, 0, 0, 0) && groups[6] !== 0);
  if (!isAtEnd && !starts(0x2002)) return undefined;
  const [high = 0, low = 0] = isAtEnd ? groups.slice(6) : groups.slice(1);
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}
