import { expect, test } from "bun:test";
import { showAgo, showDuration, showMoment } from "./show-time.ts";

test.each([
  [0, "0 ms"],
  [999.4, "999 ms"],
  [999.6, "1 s"],
  [1_240, "1.24 s"],
  [5_000, "5 s"],
  [59_994, "59.99 s"],
  [59_996, "1 min"],
  [61_000, "1 min 1 s"],
  [119_700, "2 min"],
  [303_000, "5 min 3 s"],
  [3_599_600, "1 h"],
  [15_125_000, "4 h 12 min"],
  [86_400_000, "1 day"],
  [86_459_000, "1 day"],
  [273_600_000, "3 days 4 h"],
])("%d ms are %s", (ms, text) => {
  expect(showDuration(ms)).toBe(text);
});

test("moments are in UTC, and those near now are told by their distance", () => {
  const time = "2026-11-27T09:05:12.345Z";
  const at = (seconds: number) => showAgo(time, Date.parse(time) + seconds * 1_000);
  expect([showMoment(time), showMoment(time, "second")]).toEqual(["2026-11-27 09:05", "2026-11-27 09:05:12"]);
  expect([at(0.3), at(5.2), at(150), at(-243)]).toEqual(["now", "5 s ago", "2 min 30 s ago", "in 4 min 3 s"]);
});
