import { afterAll, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { openLog } from "../base/log.ts";
import type { KeptTurn } from "../call/index.ts";
import { openStoreThread } from "../ledger/index.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { KeptReasoning } from "./kept-reasoning.ts";

const folder = makeTemporaryFolder();
afterAll(() => removeTemporaryFolder(folder));

const log = openLog({ level: "silent", pretty: false });
const program = join(import.meta.dir, "..", "testing", "breakable-store.ts");
const turn = (key: string, text = "hm"): KeptTurn => ({
  key,
  issuer: "one",
  pieces: [{ place: "start", part: { type: "reasoning", text, signature: { value: "s", origin: "gemini" } } }],
});

/** The service on a store of its own, which can be broken. */
async function open(name: string) {
  const path = join(folder, name);
  const store = await openStoreThread({ log }, { path, masterKey: "the master key of the tests" }, { program });
  const start = () => new KeptReasoning({ store, log, clock: systemClock });
  return { path, store, start };
}

test("what one process keeps, another finds, and another project does not", async () => {
  const { store, start } = await open("two.db");
  const one = start();
  await Promise.all(["a", "b", "c"].map((key) => one.keep("default", [turn(key)])));
  // At hand, so that nobody is asked.
  expect(one.find("default", ["a", "c"])).toEqual(new Map(["a", "c"].map((key) => [key, turn(key)])));
  const two = start();
  const found = await two.find("default", ["a", "none", "b"]);
  expect([...found.values()]).toEqual([turn("a"), turn("b")]);
  expect(two.find("default", ["a", "b"])).toEqual(found);
  expect((await two.find("other", ["a", "b"])).size).toBe(0);
  await store.close();
});

test("that there is nothing of a turn is asked once a minute, until something is kept", async () => {
  const { path, store } = await open("absent.db");
  let passedMs = 0;
  const clock = { now: () => Date.now(), monotonic: () => performance.now() + passedMs };
  const one = new KeptReasoning({ store, log, clock });
  expect((await one.find("default", ["a", "b"])).size).toBe(0);
  // Nobody can be asked.
  writeFileSync(`${path}.hang`, "");
  expect(one.find("default", ["a", "b"])).toEqual(new Map());
  const asking = one.find("other", ["a"]);
  expect(asking instanceof Promise).toBeTrue();
  rmSync(`${path}.hang`);
  await asking;
  await one.keep("default", [turn("a")]);
  expect(one.find("default", ["a", "b"])).toEqual(new Map([["a", turn("a")]]));
  passedMs = 60_001;
  expect(one.find("default", ["b"]) instanceof Promise).toBeTrue();
  await store.close();
});

test("memory holds the latest only, and the store has the others", async () => {
  const { store, start } = await open("many.db");
  const one = start();
  const keys = Array.from({ length: 40 }, (_, index) => `key_${index}`);
  for (const key of keys) await one.keep("default", [turn(key, key.padEnd(1_000_000))]);
  expect(one.find("default", keys.slice(-20)) instanceof Promise).toBeFalse();
  const found = one.find("default", keys);
  expect(found instanceof Promise).toBeTrue();
  expect([...(await found).keys()].sort()).toEqual(keys.toSorted());
  await store.close();
});

test("a store that is stuck holds up a request for a second once, and nothing at hand is lost", async () => {
  const { path, store, start } = await open("stuck.db");
  const one = start();
  writeFileSync(`${path}.hang`, "");
  const startedMs = performance.now();
  await one.keep("default", [turn("a")]);
  expect(performance.now() - startedMs).toBeWithin(900, 10_000);
  const pausedMs = performance.now();
  expect(one.find("default", ["a", "b"])).toEqual(new Map([["a", turn("a")]]));
  await one.keep("default", [turn("c")]);
  expect(performance.now() - pausedMs).toBeLessThan(800);
  rmSync(`${path}.hang`);
  await store.close();
});

test("a store that has crashed is as good as none", async () => {
  const { path, store, start } = await open("crash.db");
  const one = start();
  writeFileSync(`${path}.crash`, "");
  expect((await one.find("default", ["a"])).size).toBe(0);
  await one.keep("default", [turn("a")]);
  expect(one.find("default", ["a"])).toEqual(new Map([["a", turn("a")]]));
  rmSync(`${path}.crash`);
  await store.close();
});
