import { expect, test } from "bun:test";
import { AddressRanges } from "../base/address-ranges.ts";
import { forwardedClient, parseClientAddress } from "./client-address.ts";

const address = (text: string) => parseClientAddress(text) ?? { text: "", project: "", keyId: "" };

test("addresses of version 6 count by their /64 and /48, mapped ones as version 4", () => {
  expect(address("::ffff:10.0.0.7")).toEqual({ text: "10.0.0.7", project: "10.0.0.7", keyId: "10.0.0.7" });
  const one = address("2001:db8:1:2::1");
  const other = address("2001:db8:1:2:ffff:ffff:ffff:ffff");
  expect([one.keyId, one.project]).toEqual(["2001:db8:1:2::/64", "2001:db8:1::/48"]);
  expect(other.keyId).toBe(one.keyId);
  expect(address("2001:db8:1:3::1")).toMatchObject({ project: one.project, keyId: "2001:db8:1:3::/64" });
  expect(address("::1").keyId).toBe("0:0:0:0::/64");
  expect(parseClientAddress("unknown")).toBeUndefined();
});

test("the last entry that is no trusted proxy names the client, and nothing before it counts", () => {
  const trusted = new AddressRanges();
  for (const range of ["10.0.0.0/8", "fd00::/8"]) trusted.add(range);
  const client = (forwarded: string | null) => forwardedClient(address("10.0.0.1"), forwarded, trusted).text;
  const cases: [string | null, string][] = [
    [null, "10.0.0.1"],
    ["", "10.0.0.1"],
    ["203.0.113.9", "203.0.113.9"],
    ["198.51.100.1, 203.0.113.9", "203.0.113.9"],
    ["203.0.113.9, 10.0.0.5,10.0.0.6", "203.0.113.9"],
    ["203.0.113.9,fd00::1", "203.0.113.9"],
    ["::ffff:203.0.113.9", "203.0.113.9"],
    ["203.0.113.9:4711", "203.0.113.9"],
    ["[2001:db8::9]:4711", "2001:db8::9"],
    ["10.0.0.7", "10.0.0.7"],
    ["203.0.113.9, unknown", "10.0.0.1"],
    ["203.0.113.9, , 10.0.0.5", "10.0.0.5"],
    [`203.0.113.9${", 10.0.0.5".repeat(1_000)}`, "10.0.0.5"],
  ];
  for (const [forwarded, expected] of cases) expect([forwarded, client(forwarded)]).toEqual([forwarded, expected]);
});
