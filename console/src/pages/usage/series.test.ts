import { expect, test } from "bun:test";
import type { UsagePoint, UsageReport } from "../../api/schema.d.ts";
import { endOfMinute, rangeOf } from "./range.ts";
import { parseUsageSearch } from "./search.ts";
import { barsOf, changeOf, decimalOf, nanoOf, seriesOf, totalsOf } from "./series.ts";

const row = (name: string, cost: string, requests = 1, currency = "USD") => ({
  groups: [name],
  requests,
  input_tokens: 10 * requests,
  cached_input_tokens: 1,
  output_tokens: requests,
  reasoning_tokens: 0,
  cost,
  currency,
});

test("decimals are exact there and back", () => {
  for (const text of ["0", "0.000000001", "12345678901234567890.5", "-3.25", "7"])
    expect(decimalOf(nanoOf(text))).toBe(text);
  expect(decimalOf(nanoOf("1.50"))).toBe("1.5");
});

test("series are ordered by what is measured, and bars have what each had, others together", () => {
  const report = {
    rows: [row("a", "5", 1), row("b", "2", 9)],
    more: 3,
    rest: [],
    cut_off: null,
  } as unknown as UsageReport;
  expect(seriesOf(report, "cost").map(({ value }) => value)).toEqual(["a", "b", undefined]);
  const series = seriesOf(report, "requests");
  expect(series.map(({ value }) => value)).toEqual(["b", "a", undefined]);
  const points = [
    { since: "x", until: "y", rows: [row("a", "5", 1)], rest: [row("", "0.5", 4)] },
    { since: "y", until: "z", rows: [row("b", "2", 9)], rest: [] },
  ] as unknown as UsagePoint[];
  expect(barsOf(points, series, "requests")).toEqual([
    { since: "x", values: { s1: 1, rest: 4 } },
    { since: "y", values: { s0: 9 } },
  ]);
  expect(barsOf(points, series, "tokens")[1]).toEqual({ since: "y", values: { s0: 99 } });
});

test("totals are by currency, and money is added exactly", () => {
  const rows = [row("a", "0.1"), row("b", "0.2"), row("c", "1", 5, "CNY")];
  const totals = totalsOf(rows as unknown as UsageReport["rows"]);
  expect(totals.map(({ currency, cost, requests }) => [currency, decimalOf(cost), requests])).toEqual([
    ["CNY", "1", 5],
    ["USD", "0.3", 2],
  ]);
  expect([changeOf(3, 2), changeOf(1, 0)]).toEqual([0.5, undefined]);
});

test("a range has a beginning by the reader's clock, one before it as long, and bars that can be told apart", () => {
  const now = new Date(2026, 10, 27, 15, 30);
  const day = rangeOf({ range: "24h" }, now);
  expect([day.interval, day.until.getTime() - day.since.getTime()]).toEqual(["hour", 23.5 * 3_600_000]);
  expect(rangeOf({ range: "7d" }, now)).toMatchObject({ since: new Date(2026, 10, 21), interval: "day" });
  expect(rangeOf({}, now).since).toEqual(new Date(2026, 9, 29));
  expect(rangeOf({ range: "12m" }, now)).toMatchObject({ since: new Date(2025, 11, 1), interval: "month" });
  const own = rangeOf({ from: "2026-01-01", to: "2026-03-31" }, now);
  expect([own.since, own.until, own.interval]).toEqual([new Date(2026, 0, 1), new Date(2026, 3, 1), "day"]);
  expect(own.since.getTime() - own.before.getTime()).toBe(own.until.getTime() - own.since.getTime());
});

test("the last minute of a day is no part of the next one", () => {
  const now = endOfMinute(new Date(2026, 10, 27, 23, 59, 30).getTime());
  expect(new Date(now)).toEqual(new Date(2026, 10, 27, 23, 59, 59, 999));
  expect(rangeOf({}, new Date(now)).since).toEqual(new Date(2026, 9, 29));
  expect(endOfMinute(now)).toBe(now);
});

test("an address is read as far as it is known", () => {
  expect(parseUsageSearch({ range: "7d", by: "tag:team", measure: "tokens", currency: "CNY", model: "a" })).toEqual({
    range: "7d",
    by: "tag:team",
    measure: "tokens",
    currency: "CNY",
    model: "a",
  });
  expect(parseUsageSearch({ range: "x", by: "day", from: "2026-02-01", to: "2026-01-01", currency: "usd" })).toEqual(
    {},
  );
});
