import { expect, test } from "bun:test";
import { createHostCheck } from "./allowed-hosts.ts";

const check = (isAllowed: (host: string) => boolean, hosts: string[]) => hosts.filter((host) => isAllowed(host));

test("this machine's names for itself and the address that is listened on, unless others are listed", () => {
  const own = [
    "localhost",
    "LOCALHOST:1",
    "app.localhost",
    "127.0.0.1:8787",
    "127.1.2.3",
    "[::1]:8787",
    "localhost.:8787",
  ];
  const strange = [
    "",
    "evil.example",
    "evil.example:8787",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "10.0.0.9",
  ];
  const byDefault = createHostCheck("10.0.0.7");
  expect(check(byDefault, [...own, ...strange, "10.0.0.7", "10.0.0.7:8787", "10.0.0.7."])).toEqual([
    ...own,
    "10.0.0.7",
    "10.0.0.7:8787",
    "10.0.0.7.",
  ]);
  const listed = createHostCheck("10.0.0.7", ["Sahab.example", "other.example:8443", "[fd00::7]"]);
  const allowed = ["sahab.example", "sahab.EXAMPLE:1", "other.example:8443", "[fd00::7]", "[FD00::7]:8787"];
  expect(check(listed, [...own, ...strange, ...allowed, "other.example", "other.example:1", "10.0.0.7"])).toEqual([
    ...own,
    ...allowed,
  ]);
});

test("where all of the machine is listened on, it may be called by any address, and by no name", () => {
  for (const host of ["0.0.0.0", "::", "[::]"])
    expect(check(createHostCheck(host), ["10.0.0.9:8787", "[fd00::7]", "evil.example", "sahab.example"])).toEqual([
      "10.0.0.9:8787",
      "[fd00::7]",
    ]);
});
