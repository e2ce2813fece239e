import { expect, test } from "bun:test";
import { createCipheriv, hkdfSync } from "node:crypto";
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
  // A changed salt is another key, which takes its time.
  for (const at of [0, 1, 16, ...Array.from({ length: sealed.length - 17 }, (_, index) => index + 17)]) {
    const changed = Uint8Array.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => sealer.open(changed, "provider:a")).toThrow();
  }
  expect(() => sealer.open(sealed.slice(0, 20), "provider:a")).toThrow(/format/);
});

test("a passphrase costs each guess a tenth of a second, and all values share one derived key", () => {
  const own = createSealer("a passphrase of somebody's");
  const first = own.seal("sk-1", "provider:a");
  const timeOf = (run: () => void) => {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  // A fresh sealer has to derive the key once; a hash would take a thousandth of that.
  const again = createSealer("a passphrase of somebody's");
  const firstMs = timeOf(() => again.open(first, "provider:a"));
  const nextMs = timeOf(() => {
    for (let i = 0; i < 20; i++) again.open(again.seal("sk-2", "provider:b"), "provider:b");
  });
  expect(firstMs).toBeGreaterThan(10);
  expect(nextMs).toBeLessThan(firstMs);
});

test("opens what earlier versions sealed", () => {
  // Sealed by the code before scrypt, with the key "a master key of the tests".
  const old = sealAsBefore("sk-old", "provider:a");
  expect(sealer.open(old, "provider:a")).toBe("sk-old");
  expect(() => sealer.open(old, "provider:b")).toThrow(/provider:b/);
});

function sealAsBefore(plain: string, context: string): Uint8Array {
  const key = new Uint8Array(hkdfSync("sha256", "a master key of the tests", "sahab", "secrets at rest", 32));
  const nonce = Buffer.alloc(12, 7);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
  return Buffer.concat([Buffer.of(1), nonce, cipher.getAuthTag(), body]);
}
