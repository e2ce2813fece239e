import { expect, test } from "bun:test";
import { parseExpiry, parsePast, parseSeconds } from "./parse-span.ts";

test.each([
  ["2026-11-24", "2026-11-24T00:00:00.000Z"],
  ["2026-11-24T08:00", "2026-11-24T08:00:00.000Z"],
  ["2026-11-24 08:00:01.5", "2026-11-24T08:00:01.500Z"],
  ["2026-11-24T08:00:00Z", "2026-11-24T08:00:00.000Z"],
  ["2026-11-24t08:00+03:30", "2026-11-24T04:30:00.000Z"],
])("%s is one time for --since and --expires", (text, time) => {
  // A machine of another zone reads the same.
  const zone = process.env["TZ"];
  process.env["TZ"] = "Asia/Tehran";
  try {
    expect([parsePast(text), parseExpiry(text)]).toEqual([time, time]);
  } finally {
    if (zone === undefined) delete process.env["TZ"];
    else process.env["TZ"] = zone;
  }
});

test.each(["5", "2026", "2026-11", "2026-02-30", "2026-11-24T25:00", "24.11.2026", "Nov 24", "5 d", "1y", "-1h", ""])(
  "%j is no time",
  (text) => {
    expect(() => parsePast(text)).toThrow("Allowed: a span before now");
    expect(() => parseExpiry(text)).toThrow("Allowed: a span such as");
  },
);

test("spans are counted from now, in weeks as well", () => {
  const week = 7 * 86_400;
  expect(parseSeconds("1w")).toBe(week);
  expect(Math.abs(Date.parse(parsePast("1w")) - Date.now() + week * 1000)).toBeLessThan(5_000);
  expect(Math.abs(Date.parse(parseExpiry("2w")) - Date.now() - 2 * week * 1000)).toBeLessThan(5_000);
});
