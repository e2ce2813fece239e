import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { forgetHolder, HoldFile, readHolder, readHolds } from "./hold-file.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "sahab-holds-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

const of = (keyId: string) => ({ organisation: "acme", project: "team", keyId, currency: "USD", time: 1 });

describe("what is reserved", () => {
  test("is known to whoever reads the files next, by key, as long as it is more than nothing", () => {
    const holds = new HoldFile(dir);
    const one = holds.slotOf(of("key_1"));
    const two = holds.slotOf(of("key_云"));
    one.add(5n);
    two.add(2n ** 60n);
    one.add(-2n);
    expect(readHolds(dir)).toEqual([
      { ...of("key_1"), amount: 3n },
      { ...of("key_云"), amount: 2n ** 60n },
    ]);
    one.add(-3n);
    expect(readHolds(dir)).toEqual([{ ...of("key_云"), amount: 2n ** 60n }]);
    expect(readHolder(dir)).toBe(holds.id);
    forgetHolder(dir);
    expect(readHolder(dir)).toBeUndefined();
    expect(readHolds(dir)).toEqual([]);
  });

  test("is known after the process was killed", async () => {
    const program = `
      import { HoldFile } from ${JSON.stringify(join(import.meta.dir, "hold-file.ts"))};
      const holds = new HoldFile(${JSON.stringify(dir)});
      holds.slotOf({ organisation: "", project: "p", keyId: "k", currency: "CNY", time: 2 }).add(42n);
      process.kill(process.pid, "SIGKILL");`;
    const child = Bun.spawn([process.execPath, "-e", program]);
    expect(await child.exited).toBe(137);
    expect(readHolds(dir)).toEqual([
      { organisation: "", project: "p", keyId: "k", currency: "CNY", time: 2, amount: 42n },
    ]);
  });

  test("has room for any number of keys, one after the other", () => {
    const holds = new HoldFile(dir);
    for (let at = 0; at < 20_000; at++) {
      const slot = holds.slotOf(of(`key_${at}`));
      slot.add(7n);
      if (at < 19_998) slot.add(-7n);
    }
    expect(readHolds(dir).map(({ keyId }) => keyId)).toEqual(["key_19998", "key_19999"]);
  });
});
