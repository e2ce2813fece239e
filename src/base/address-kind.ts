import { BlockList, isIP, isIPv6 } from "node:net";

/**
 * Where an IP address leads: `metadata` is link-local (169.254.0.0/16, fe80::/10) and the other addresses at which clouds give
 * a machine its secrets; `reserved` is all that nobody serves from (documentation, multicast, RFC 6890).
 */
export type AddressKind = "public" | "loopback" | "private" | "metadata" | "reserved";

/** The kind of an IP address. One that carries an IPv4 address within it (mapped, NAT64, 6to4) is of that one's kind. */
export function kindOfAddress(address: string): AddressKind {
  const plain = address.replace(/%.*$/, "");
  const family = isIP(plain);
  if (family === 0) throw new Error(`${address} is not an IP address`);
  const inner = family === 6 ? embeddedIpv4(plain) : undefined;
  if (inner !== undefined) return kindOfAddress(inner);
  for (const [kind, list] of lists) if (list.check(plain, family === 6 ? "ipv6" : "ipv4")) return kind;
  return "public";
}

/** Whether a host, a name or an address without brackets, is this machine itself. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, "");
  if (isIP(name)) return kindOfAddress(name) === "loopback";
  return name === "localhost" || name.endsWith(".localhost");
}

/** In this order: a metadata address may lie in a private network. */
const subnets: [AddressKind, string[]][] = [
  [
    "metadata",
    ["169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32"],
  ],
  // An unspecified address leads to this machine, too.
  ["loopback", ["127.0.0.0/8", "0.0.0.0/8", "::1/128", "::/128"]],
  ["private", ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10"]],
  [
    "reserved",
    (
      "192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3 " +
      "100::/64 2001::/23 2001:db8::/32 3fff::/20 5f00::/16 64:ff9b:1::/48 ff00::/8"
    ).split(" "),
  ],
];

const lists = subnets.map(([kind, networks]): [AddressKind, BlockList] => {
  const list = new BlockList();
  for (const network of networks) {
    const [start = "", bits] = network.split("/");
    list.addSubnet(start, Number(bits), isIPv6(start) ? "ipv6" : "ipv4");
  }
  return [kind, list];
});

/** The IPv4 address that an IPv6 address stands for: mapped (::ffff:0:0/96), translated (RFC 6052, 7915), compatible, 6to4. */
function embeddedIpv4(address: string): string | undefined {
  const groups = groupsOf(address);
  const starts = (...prefix: number[]) => prefix.every((group, index) => group === groups[index]);
  const isAtEnd =
    starts(0, 0, 0, 0, 0, 0xffff) ||
    starts(0, 0, 0, 0, 0xffff, 0) ||
    starts(0x64, 0xff9b, 0, 0, 0, 0) ||
    // :: and ::1 are addresses of their own.
    (starts(0, 0, 0, 0, 0, 0) && groups[6] !== 0);
  if (!isAtEnd && !starts(0x2002)) return undefined;
  const [high = 0, low = 0] = isAtEnd ? groups.slice(6) : groups.slice(1);
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): number[] {
  // The URL parser writes a dotted end as two groups.
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const parse = (text: string) => (text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16)));
  const [before, after] = [parse(head), parse(tail ?? "")];
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
}
