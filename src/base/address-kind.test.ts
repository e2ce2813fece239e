import { expect, test } from "bun:test";
import { kindOfAddress } from "./address-kind.ts";

test.each([
  [
    "public",
    [
      "1.1.1.1",
      "172.32.0.1",
      "100.128.0.1",
      "2606:4700::1111",
      "64:ff9b::1.1.1.1",
      "2002:101:101::1",
      "::ffff:8.8.8.8",
    ],
  ],
  [
    "loopback",
    [
      "127.0.0.1",
      "127.255.0.1",
      "0.0.0.0",
      "::1",
      "::",
      "::ffff:127.0.0.1",
      "::127.0.0.1",
      "::ffff:0:127.0.0.1",
      "0:0:0:0:0:ffff:7f00:1",
    ],
  ],
  [
    "private",
    [
      "10.1.2.3",
      "172.16.0.1",
      "172.31.255.255",
      "192.168.0.1",
      "100.64.0.1",
      "fd12::1",
      "::ffff:a00:1",
      "64:ff9b::10.0.0.1",
      "2002:a00:1::",
    ],
  ],
  [
    "metadata",
    [
      "169.254.169.254",
      "fe80::1",
      "fe80::1%eth0",
      "fd00:ec2::254",
      "100.100.100.200",
      "168.63.129.16",
      "::ffff:169.254.169.254",
      "64:ff9b::a9fe:a9fe",
      "2002:a9fe:a9fe::1",
    ],
  ],
  ["reserved", ["192.0.2.1", "224.0.0.1", "255.255.255.255", "ff02::1", "2001:db8::1", "2001::1"]],
] as const)("%s addresses, however they are written", (kind, addresses) => {
  for (const address of addresses) expect({ address, kind: kindOfAddress(address) }).toEqual({ address, kind });
});

test("what is no address has no kind", () => {
  expect(() => kindOfAddress("localhost")).toThrow("not an IP address");
});
