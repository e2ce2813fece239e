import { expect, test } from "bun:test";
import fc from "fast-check";
import { budgetPeriods } from "../../base/declared-terms.ts";
import { isTimeZone, spansOf, windowOf } from "./window.ts";

const shown = (period: "day" | "week" | "month", at: string, timeZone: string) => {
  const { startMs, endMs, name } = windowOf(period, Date.parse(at), timeZone);
  return [new Date(startMs).toISOString().slice(0, 19), new Date(endMs).toISOString().slice(0, 19), name];
};
const hours = (period: "day" | "week" | "month", at: string, timeZone: string) => {
  const { startMs, endMs } = windowOf(period, Date.parse(at), timeZone);
  return (endMs - startMs) / 3_600_000;
};

test("a window is a day, a week from Monday on, or a month of the time zone's calendar", () => {
  expect(shown("day", "2026-11-27T15:59:59.999Z", "Asia/Shanghai")).toEqual([
    "2026-11-26T16:00:00",
    "2026-11-27T16:00:00",
    "2026-11-27",
  ]);
  expect(shown("day", "2026-11-27T16:00:00Z", "Asia/Shanghai")[2]).toBe("2026-11-28");
  // The 27th of November 2026 is a Friday.
  expect(shown("week", "2026-11-27T12:00:00Z", "UTC")).toEqual([
    "2026-11-23T00:00:00",
    "2026-11-30T00:00:00",
    "2026-W48",
  ]);
  expect(shown("month", "2026-12-31T20:59:59Z", "Asia/Riyadh")).toEqual([
    "2026-11-30T21:00:00",
    "2026-12-31T21:00:00",
    "2026-12",
  ]);
  expect(shown("month", "2026-12-31T21:00:00Z", "Asia/Riyadh")[2]).toBe("2027-01");
  expect(windowOf("total", 5, "UTC")).toMatchObject({ startMs: 0, name: "total" });
});

test("weeks at a year's end are named as ISO 8601 names them", () => {
  expect(shown("week", "2027-01-03T00:00:00Z", "UTC")[2]).toBe("2026-W53");
  expect(shown("week", "2027-01-04T00:00:00Z", "UTC")[2]).toBe("2027-W01");
  expect(shown("week", "2025-12-29T00:00:00Z", "UTC")[2]).toBe("2026-W01");
});

test("days and weeks with a change to or from summer time are shorter or longer by it", () => {
  expect(hours("day", "2026-03-29T12:00:00Z", "Europe/Berlin")).toBe(23);
  expect(hours("day", "2026-10-25T12:00:00Z", "Europe/Berlin")).toBe(25);
  expect(hours("week", "2026-03-08T12:00:00Z", "America/New_York")).toBe(167);
  expect(hours("month", "2026-11-15T12:00:00Z", "America/New_York")).toBe(30 * 24 + 1);
  // Half an hour of summer time.
  expect(hours("day", "2026-10-03T20:00:00Z", "Australia/Lord_Howe")).toBe(23.5);
});

test("half-hour zones begin their days at the half hour", () => {
  expect(shown("day", "2026-11-27T18:29:59Z", "Asia/Kolkata")[0]).toBe("2026-11-26T18:30:00");
  expect(shown("day", "2026-11-27T18:30:00Z", "Asia/Kolkata")[0]).toBe("2026-11-27T18:30:00");
  expect(shown("day", "2026-11-27T18:15:00Z", "Asia/Kathmandu")[0]).toBe("2026-11-27T18:15:00");
});

test("a day without midnight begins when its clock first shows it; a date that a zone left out has no day", () => {
  // At midnight of the 4th of November 2018 clocks in São Paulo went on to one o'clock.
  expect(shown("day", "2018-11-04T12:00:00Z", "America/Sao_Paulo")).toEqual([
    "2018-11-04T03:00:00",
    "2018-11-05T02:00:00",
    "2018-11-04",
  ]);
  // Cairo puts its clock back from midnight to 23:00, so that the day before has 25 hours.
  expect(hours("day", "2026-10-29T12:00:00Z", "Africa/Cairo")).toBe(25);
  // Samoa had no 30th of December 2011.
  expect(shown("day", "2011-12-30T09:59:59Z", "Pacific/Apia")[2]).toBe("2011-12-29");
  expect(shown("day", "2011-12-30T10:00:00Z", "Pacific/Apia")[2]).toBe("2011-12-31");
});

test("every moment is in one window, and the next begins where it ends", () => {
  const zones = [
    "UTC",
    "Asia/Shanghai",
    "America/St_Johns",
    "Africa/Cairo",
    "Pacific/Apia",
    "Australia/Lord_Howe",
    "Asia/Gaza",
  ];
  const periods = budgetPeriods.filter((period) => period !== "total");
  fc.assert(
    fc.property(
      fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2040, 0) }),
      fc.constantFrom(...zones),
      fc.constantFrom(...periods),
      (timeMs, zone, period) => {
        const window = windowOf(period, timeMs, zone);
        expect(window.startMs).toBeLessThanOrEqual(timeMs);
        expect(window.endMs).toBeGreaterThan(timeMs);
        expect(windowOf(period, window.startMs, zone)).toEqual(window);
        expect(windowOf(period, window.endMs - 1, zone)).toEqual(window);
        expect(windowOf(period, window.endMs, zone).startMs).toBe(window.endMs);
      },
    ),
    { numRuns: 200 },
  );
  // Until 2011 clocks in St. John's were put back at one minute past midnight, so that a date came twice.
  for (const at of ["2010-11-07T02:29:59Z", "2010-11-07T02:30:30Z", "2010-11-07T02:31:30Z", "2010-11-07T03:30:00Z"]) {
    const { startMs, endMs } = windowOf("day", Date.parse(at), "America/St_Johns");
    expect([at, startMs <= Date.parse(at) && Date.parse(at) < endMs]).toEqual([at, true]);
    expect(windowOf("day", endMs, "America/St_Johns").startMs).toBe(endMs);
  }
});

test("a time is divided into the windows of its calendar, and hours are those of UTC", () => {
  const zones = ["UTC", "Asia/Kolkata", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Australia/Lord_Howe"];
  fc.assert(
    fc.property(
      fc.integer({ min: Date.UTC(2005, 0), max: Date.UTC(2030, 0) }),
      fc.integer({ min: 1, max: 90 * 86_400_000 }),
      fc.constantFrom(...zones),
      fc.constantFrom("day" as const, "week" as const, "month" as const),
      (sinceMs, tookMs, timeZone, length) => {
        const bounds = spansOf(length, { sinceMs, untilMs: sinceMs + tookMs, timeZone }, 100) ?? [];
        expect([bounds[0], bounds.at(-1)]).toEqual([sinceMs, sinceMs + tookMs]);
        for (const [place, bound] of bounds.slice(0, -2).entries())
          expect(bounds[place + 1]).toBe(windowOf(length, bound, timeZone).endMs);
        expect(windowOf(length, bounds.at(-2) ?? 0, timeZone).endMs).toBeGreaterThanOrEqual(sinceMs + tookMs);
      },
    ),
    { numRuns: 60 },
  );
  const [sinceMs, untilMs] = [Date.parse("2026-11-20T10:30:00Z"), Date.parse("2026-11-20T12:00:00Z")];
  const hours = spansOf("hour", { sinceMs, untilMs, timeZone: "Asia/Kolkata" }, 10);
  expect(hours).toEqual([sinceMs, Date.parse("2026-11-20T11:00:00Z"), untilMs]);
  expect(spansOf("hour", { sinceMs, untilMs, timeZone: "UTC" }, 1)).toBeUndefined();
});

test("names of time zones are those that the runtime knows, and no offsets", () => {
  expect(["UTC", "Asia/Shanghai", "America/Argentina/Buenos_Aires"].map(isTimeZone)).toEqual([true, true, true]);
  expect(["", "+08:00", "GMT+8", "Mars/Olympus", "../etc"].map(isTimeZone)).toEqual([
    false,
    false,
    false,
    false,
    false,
  ]);
});
