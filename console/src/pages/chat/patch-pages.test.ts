import { expect, test } from "bun:test";
import { patchPages } from "./patch-pages.ts";

const row = (id: string, second: number, more = {}) => ({
  id,
  pinned: false,
  title: id,
  updated_at: `2026-01-01T00:00:0${second}.000Z`,
  ...more,
});
const pages = [
  { conversations: [row("p", 1, { pinned: true }), row("c", 5)], next: "x" },
  { conversations: [row("b", 4), row("a", 3, { excerpt: "words" })], next: null },
];

test("a conversation that was used moves to its place, over the borders of pages", () => {
  const moved = patchPages(pages, row("a", 6, { title: "A" }), { isSorted: true });
  expect(moved).toEqual([
    { conversations: [row("p", 1, { pinned: true }), row("a", 6, { title: "A", excerpt: "words" })], next: "x" },
    { conversations: [row("c", 5), row("b", 4)], next: null },
  ]);
});

test("what was found by a search stays where it is, and keeps its excerpt", () => {
  const [first, second] = patchPages(pages, row("a", 6, { pinned: true }), { isSorted: false }) ?? [];
  expect(first).toEqual(pages[0]);
  expect(second?.conversations[1]).toMatchObject({ id: "a", pinned: true, excerpt: "words" });
});

test("a list is read again where the place is not known", () => {
  expect(patchPages(pages, row("new", 6), { isSorted: true })).toBeUndefined();
  expect(patchPages(pages, row("b", 4, { pinned: true }), { isSorted: true })).toBeUndefined();
});
