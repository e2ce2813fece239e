import { expect, test } from "bun:test";
import {
  formatAgo,
  formatBytes,
  formatCount,
  formatDuration,
  formatMoney,
  formatTime,
  formatTokenPair,
} from "./format.ts";

test("money is rounded to what can be read, and a charge never looks free", () => {
  expect(formatMoney("en", "12.5", "USD")).toBe("$12.50");
  expect(formatMoney("en", "12.999", "USD")).toBe("$13.00");
  expect(formatMoney("en", "12.994", "USD")).toBe("$12.99");
  expect(formatMoney("en", "0.999999999", "USD")).toBe("$1.00");
  expect(formatMoney("en", "0.5", "USD")).toBe("$0.50");
  expect(formatMoney("en", "0.0199", "USD")).toBe("$0.0199");
  expect(formatMoney("en", "0.01995", "USD")).toBe("$0.02");
  expect(formatMoney("en", "0.0500", "USD")).toBe("$0.05");
  expect(formatMoney("en", "0.00000149", "USD")).toBe("$0.00000149");
  expect(formatMoney("en", "0.00000049", "USD")).toBe("<$0.000001");
  expect(formatMoney("en", "-0.00000049", "USD")).toBe(">-$0.000001");
  expect(formatMoney("en", "0.00000000", "USD")).toBe("$0.00");
  expect(formatMoney("ar", "0.00000049", "USD")).toBe("\u2066<0.000001\u00a0US$\u2069");
  expect(formatMoney("en", "0.000123456789", "USD")).toBe("$0.000123");
  expect(formatMoney("en", "0.000123456789", "USD", { isExact: true })).toBe("$0.000123456789");
  expect(formatMoney("en", "9007199254740993.01", "USD")).toBe("$9,007,199,254,740,993.01");
  expect(formatMoney("en", "0", "USD")).toBe("$0.00");
  expect(formatMoney("en", "-3", "CNY")).toBe("-¥3.00");
  expect(formatMoney("zh-CN", "5000.00", "CNY")).toBe("¥5,000.00");
  expect(formatMoney("ar", "5000.00", "USD")).toBe("\u20665,000.00\u00a0US$\u2069");
});

test("counts, spans and sizes are short", () => {
  expect(formatCount("en", 950)).toBe("950");
  expect(formatCount("en", 12_345)).toBe("12.3K");
  expect(formatCount("en", 123_456)).toBe("123K");
  expect(formatCount("zh-CN", 4_560_000)).toBe("456万");
  expect(formatCount("zh-CN", 5_163)).toBe("5163");
  expect(formatTokenPair("en", 12_345, 950)).toBe("\u206812.3K\u2069 → \u2068950\u2069");
  expect(formatDuration("en", 0.42)).toBe("0.4 ms");
  expect(formatDuration("en", 1_240)).toBe("1.24 sec");
  expect(formatDuration("en", 185_000)).toBe("3 min 5 sec");
  expect(formatDuration("en", 3_600_000)).toBe("1 hr");
  expect(formatBytes("en", 512)).toBe("512 B");
  expect(formatBytes("en", 1_234_000_000)).toBe("1.23 GB");
});

test("a time of today has no date, one of another year has it whole", () => {
  const now = new Date("2026-11-27T12:00:00Z");
  expect(formatTime("en", "2026-11-27T08:05:09Z", { now, timeZone: "UTC" })).toBe("8:05:09 AM");
  expect(formatTime("en", "2026-11-26T23:30:00Z", { now, timeZone: "Asia/Riyadh" })).toBe("2:30:00 AM");
  expect(formatTime("en", "2025-01-02T08:05:09Z", { now, timeZone: "UTC" })).toBe("Jan 2, 2025, 8:05 AM");
  expect(formatAgo("en", "2026-11-27T11:55:00Z", now)).toBe("5 minutes ago");
  expect(formatAgo("ar", "2026-11-27T11:49:00Z", now)).toContain("11");
});
