import { expect, test } from "bun:test";
import type { Snapshot } from "../config/index.ts";
import { limitNames } from "../base/name-limit.ts";
import type { Caller } from "../ledger/index.ts";
import { KeptLists } from "./kept-lists.ts";

const snapshotOf = (): Snapshot => ({ models: new Map(), projects: new Map() });
const caller = (keyId: string, more: Partial<Caller> = {}): Caller => ({
  keyId,
  project: "p",
  role: "user",
  models: undefined,
  ...more,
});

test("who may call the same gets the same text for ten seconds, and nobody another's", () => {
  const lists = new KeptLists();
  const snapshot = snapshotOf();
  let written = 0;
  const get = (who: Caller, { nowMs = 0, form = "chat", of = snapshot } = {}) =>
    lists.get({ snapshot: of, caller: who, form, nowMs }, () => String(++written));
  expect([get(caller("a")), get(caller("b")), get(caller("a"), { nowMs: 9_999 })]).toEqual(["1", "1", "1"]);
  expect(get(caller("a"), { nowMs: 10_000 })).toBe("2");
  expect(get(caller("a"), { nowMs: 10_001, of: snapshotOf() })).toBe("3");
  expect(get(caller("a"), { nowMs: 10_001, form: "messages" })).toBe("4");
  expect(get(caller("a", { project: "q" }), { nowMs: 10_001 })).toBe("5");
  expect(get(caller("a", { role: "admin" }), { nowMs: 10_001 })).toBe("6");
  const models = limitNames(["m"]);
  expect(get(caller("a", { models }), { nowMs: 10_001 })).toBe("7");
  expect(get(caller("b", { models }), { nowMs: 10_001 })).toBe("8");
  expect(get(caller("a", { models }), { nowMs: 10_002 })).toBe("7");
  // Its terms have changed since.
  expect(get(caller("a", { models: limitNames(["m"]) }), { nowMs: 10_002 })).toBe("9");
});

test("few lists are kept: the one that was written longest ago goes first", () => {
  const lists = new KeptLists();
  const snapshot = snapshotOf();
  let written = 0;
  const get = (project: string) =>
    lists.get({ snapshot, caller: caller("k", { project }), form: "chat", nowMs: 0 }, () => String(++written));
  for (let i = 0; i < 9; i++) get(`p${i}`);
  expect(get("p8")).toBe("9");
  expect(get("p1")).toBe("2");
  expect(get("p0")).toBe("10");
});

test("long lists are kept up to a bound together, and one beyond it is not", () => {
  const lists = new KeptLists();
  const snapshot = snapshotOf();
  let written = 0;
  const get = (project: string, megabytes: number) =>
    lists.get({ snapshot, caller: caller("k", { project }), form: "chat", nowMs: 0 }, () => {
      written++;
      return "x".repeat(megabytes * 1024 * 1024);
    });
  for (const project of ["a", "b", "c", "a", "b", "c"]) get(project, 2);
  expect(written).toBe(3);
  get("d", 3);
  get("c", 2);
  expect(written).toBe(4);
  get("a", 2);
  expect(written).toBe(5);
  get("huge", 9);
  get("huge", 9);
  get("c", 2);
  expect(written).toBe(7);
});
