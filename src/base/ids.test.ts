import { expect, test } from "bun:test";
import { newId, randomText } from "./ids.ts";

test("ids sort by their time and do not repeat", () => {
  const ids = Array.from({ length: 5_000 }, (_, index) => newId("req", 1_700_000_000_000 + Math.floor(index / 10)));
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^req_[0-9abcdefghjkmnpqrstvwxyz]{26}$/);
  const times = ids.map((id) => id.slice(0, 14));
  expect(times.toSorted()).toEqual(times);
});

test("random text uses the whole alphabet", () => {
  expect(new Set(randomText(4_000)).size).toBe(32);
  expect(randomText(32)).toHaveLength(32);
});
