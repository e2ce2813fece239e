import { expect, test } from "bun:test";
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
