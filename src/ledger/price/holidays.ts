/** What `holidays` of a price may name. */
export const holidayCountries = ["cn"] as const;
type HolidayCountry = (typeof holidayCountries)[number];

/**
 * Public holidays by country, each with what its clock is ahead of UTC. A year that is not listed has none: its days are then
 * priced as usual ones, which is never too little.
 */
export const holidays: Readonly<Record<HolidayCountry, { offsetMinutes: number; days: readonly string[] }>> = {
  // The State Council's notice of November 2025 for 2026; working weekends that make up for them are weekends here, too.
  cn: {
    offsetMinutes: 480,
    days: [
      "2026-01-01/2026-01-03",
      "2026-02-15/2026-02-23",
      "2026-04-04/2026-04-06",
      "2026-05-01/2026-05-05",
      "2026-06-19/2026-06-21",
      "2026-09-25/2026-09-27",
      "2026-10-01/2026-10-07",
    ],
  },
};
