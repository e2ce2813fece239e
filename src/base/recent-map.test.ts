import { expect, test } from "bun:test";
import { RecentMap } from "./recent-map.ts";

test("is never larger than its bound, and keeps the half that was used last", () => {
  const map = new RecentMap<{ at: number }>(10);
  map.set("used", { at: -1 });
  for (let at = 0; at < 1_000; at++) {
    map.set(`k${at}`, { at });
    expect(map.size).toBeLessThanOrEqual(10);
    for (let back = 0; back < 4 && back <= at; back++) expect(map.get(`k${at - back}`)).toEqual({ at: at - back });
    expect(map.get("used")).toEqual({ at: -1 });
  }
  expect(map.get("k0")).toBeUndefined();
});

test("an entry that is set again is there once", () => {
  const map = new RecentMap<{ at: number }>(4);
  for (let at = 0; at < 6; at++) map.set(at % 2 === 0 ? "a" : `b${at}`, { at });
  expect(map.get("a")).toEqual({ at: 4 });
  expect(map.size).toBeLessThanOrEqual(4);
});
