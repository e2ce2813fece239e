import { expect, test } from "bun:test";
import { describeReadable, findUnreachable } from "./check-address.ts";
import { findClient } from "../../connect/registry.ts";

test("an http address of another machine is told, one of this machine and https are not", () => {
  expect(describeReadable("http://sahab.example:8787", findClient("codex"))).toEqual([
    "http://sahab.example:8787 is not encrypted: the key and all prompts of Codex can be read on the way; use an https address",
  ]);
  for (const address of ["http://127.0.0.1:8787", "http://[::1]:8787", "https://sahab.example"])
    expect(describeReadable(address, findClient("codex"))).toEqual([]);
});

test("a program whose maker's servers call the address needs a public https one", () => {
  for (const address of ["http://sahab.example", "https://localhost:8787", "https://[::1]"])
    expect(findUnreachable(address, findClient("cursor"))).toContain("is not one that they reach");
  expect(findUnreachable("https://sahab.example", findClient("cursor"))).toBeUndefined();
  expect(findUnreachable("http://127.0.0.1:8787", findClient("codex"))).toBeUndefined();
});
