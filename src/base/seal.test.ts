import { expect, test } from "bun:test";
import { createSealer } from "./seal.ts";

const sealer = createSealer("a master key of the tests");

test("opens what it sealed, and seals the same text differently each time", () => {
  const first = sealer.seal("sk-秘密", "provider:a");
  const second = sealer.seal("sk-秘密", "provider:a");
  expect(sealer.open(first, "provider:a")).toBe("sk-秘密");
  expect(Buffer.from(first).equals(Buffer.from(second))).toBeFalse();
  expect(Buffer.from(first).toString("latin1")).not.toContain("sk-");
});

test("refuses another key, another place, and any changed byte", () => {
  const sealed = sealer.seal("sk-1", "provider:a");
  expect(() => createSealer("another key of the tests").open(sealed, "provider:a")).toThrow(/master key/);
  expect(() => sealer.open(sealed, "provider:b")).toThrow(/provider:b/);
  for (let at = 0; at < sealed.length; at++) {
    const changed = Uint8Array.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => sealer.open(changed, "provider:a")).toThrow();
  }
  expect(() => sealer.open(sealed.slice(0, 20), "provider:a")).toThrow(/format/);
});
