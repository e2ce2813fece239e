import { expect, test } from "bun:test";
import fc from "fast-check";
import { limitAddresses } from "./address-limit.ts";
import { AddressRanges, isLoopback, plainAddress } from "./address-ranges.ts";

test("addresses and ranges of both versions, and addresses of version 4 that are written as version 6", () => {
  const ranges = new AddressRanges();
  expect(ranges.includes("10.0.0.1")).toBe(false);
  for (const range of ["10.0.0.0/8", "192.168.1.7", "fd00::/8", "2001:db8::1", "::ffff:172.16.0.0/108"])
    expect([range, ranges.add(range)]).toEqual([range, true]);
  const inside = [
    "10.255.0.1",
    "::ffff:10.1.1.1",
    "::ffff:a01:101",
    "192.168.1.7",
    "fdff::1",
    "2001:DB8:0::1",
    "172.31.0.1",
  ];
  for (const address of inside) expect([address, ranges.includes(address)]).toEqual([address, true]);
  const outside = ["11.0.0.1", "192.168.1.8", "fe00::1", "2001:db8::2", "::1", "172.32.0.1", "unknown", "", "10.0.0"];
  for (const address of outside) expect([address, ranges.includes(address)]).toEqual([address, false]);
});

test("what is no address and no range is refused", () => {
  const wrong = [
    "",
    "10.0.0",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/",
    "10.0.0.0/8/9",
    "::/129",
    "proxy",
    "::ffff:1.2.3.4/90",
    "fe80::1%eth0",
  ];
  for (const range of wrong) expect([range, new AddressRanges().add(range)]).toEqual([range, false]);
});

test("loopback and plain addresses", () => {
  for (const host of ["127.0.0.1", "127.9.9.9", "::1", "localhost", "LOCALHOST.", "a.localhost", "::ffff:127.0.0.1"])
    expect([host, isLoopback(host)]).toEqual([host, true]);
  for (const host of ["128.0.0.1", "::", "0.0.0.0", "localhost.example", "::2"])
    expect([host, isLoopback(host)]).toEqual([host, false]);
  expect(plainAddress("FE80::1%eth0")).toBe("fe80::1");
});

/** An address as a number of its version: the computation that the property below compares with. */
interface NumberedAddress {
  bits: 32 | 128;
  value: bigint;
}

const address4 = fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }).map((value): NumberedAddress => ({ bits: 32, value }));
/** Few bits are set, so that runs of zeros and addresses of version 4 within version 6 occur. */
const address6 = fc
  .tuple(
    fc.array(fc.bigInt({ min: 0n, max: 0xffffn }), { minLength: 8, maxLength: 8 }),
    fc.integer({ min: 0, max: 255 }),
    fc.boolean(),
  )
  .map(([groups, kept, isMapped]): NumberedAddress => {
    const value = groups.reduce((sum, group, at) => (sum << 16n) | (kept & (1 << at) ? group : 0n), 0n);
    return { bits: 128, value: isMapped ? (0xffffn << 32n) | (value & 0xffffffffn) : value };
  });

const text4 = (value: bigint) => [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join(".");
/** In one of the forms that the same address of version 6 has. */
function text6(value: bigint, form: number): string {
  const groups = Array.from({ length: 8 }, (_, at) => (value >> BigInt(112 - 16 * at)) & 0xffffn);
  const hex = groups.map((group) => group.toString(16).padStart(form & 1 ? 4 : 1, "0"));
  let text = form & 2 ? [...hex.slice(0, 6), text4(value & 0xffffffffn)].join(":") : hex.join(":");
  if (form & 4) text = text.replace(/(?:^|:)0+(?::0+)+(?=:|$)/, "::").replaceAll(/:::+/g, "::");
  return form & 8 ? text.toUpperCase() : text;
}
const textOf = ({ bits, value }: NumberedAddress, form: number) => (bits === 32 ? text4(value) : text6(value, form));

/** As version 4 where it is one, as the matching takes it. */
function plain({ bits, value }: NumberedAddress): NumberedAddress {
  return bits === 128 && value >> 32n === 0xffffn ? { bits: 32, value: value & 0xffffffffn } : { bits, value };
}

test("a range holds exactly the addresses that share its first bits, in every form of writing", () => {
  const anyAddress = fc.oneof(address4, address6);
  const cases = fc.record({
    start: anyAddress,
    prefixShare: fc.double({ min: 0, max: 1, noNaN: true }),
    other: anyAddress,
    flip: fc.integer({ min: 0, max: 128 }),
    forms: fc.tuple(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 0, max: 15 })),
  });
  let inside = 0;
  const check = fc.property(cases, ({ start, prefixShare, other, flip, forms }) => {
    const isMapped = start.bits === 128 && plain(start).bits === 32;
    const prefixMin = isMapped ? 96 : 0;
    const prefix = prefixMin + Math.round(prefixShare * (start.bits - prefixMin));
    const range = `${textOf(start, forms[0])}/${prefix}`;
    const ranges = new AddressRanges();
    expect([range, ranges.add(range)]).toEqual([range, true]);
    const limit = limitAddresses([range]);
    // Near the range's own start, so that about half of the addresses are inside.
    const near = { ...start, value: flip < start.bits ? start.value ^ (1n << BigInt(flip)) : start.value };
    for (const address of [other, near, start]) {
      const [a, b] = [plain(start), plain(address)];
      const shift = BigInt(start.bits - prefix);
      const expected = a.bits === b.bits && a.value >> shift === b.value >> shift;
      if (expected) inside++;
      const text = textOf(address, forms[1]);
      expect([range, text, ranges.includes(text)]).toEqual([range, text, expected]);
      // The second time it is remembered.
      expect([limit.includes(text), limit.includes(text)]).toEqual([expected, expected]);
    }
  });
  fc.assert(check, { numRuns: 3_000 });
  expect(inside).toBeGreaterThan(3_000);
});

test("of allowed addresses only so many are remembered, and a range that cannot be read is no limit", () => {
  const limit = limitAddresses(["10.0.0.0/8"]);
  for (let at = 0; at < 3_000; at++) expect(limit.includes(`10.0.${at >> 8}.${at & 255}`)).toBe(true);
  expect(limit.includes("10.0.0.0")).toBe(true);
  expect(limit.includes("11.0.0.0")).toBe(false);
  expect(() => limitAddresses(["10.0.0.0/8", "elsewhere"])).toThrow('"elsewhere"');
});
