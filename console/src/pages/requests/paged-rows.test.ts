import { expect, test } from "bun:test";
import { PagedRows } from "./paged-rows.ts";

test("pages are one list, whatever their lengths", () => {
  const rows = new PagedRows([["a", "b"], [], ["c"], [], ["d", "e", "f"]]);
  expect(Array.from({ length: rows.length }, (_, index) => rows.at(index))).toEqual(["a", "b", "c", "d", "e", "f"]);
  expect([rows.at(-1), rows.at(6)]).toEqual([undefined, undefined]);
  expect(new PagedRows([]).length).toBe(0);
});
