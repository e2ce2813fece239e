import { useMemo } from "react";
import { useLanguage } from "../i18n/use-language.ts";
import * as format from "./format.ts";

/** The functions of format.ts in the language that is shown. */
export function useFormat() {
  const { locale } = useLanguage();
  return useMemo(
    () => ({
      number: (value: number) => format.formatNumber(locale, value),
      count: (value: number) => format.formatCount(locale, value),
      tokenPair: (input: number, output: number) => format.formatTokenPair(locale, input, output),
      percent: (share: number) => format.formatPercent(locale, share),
      money: (amount: string, currency: string, options?: { isExact?: boolean }) =>
        format.formatMoney(locale, amount, currency, options),
      duration: (durationMs: number) => format.formatDuration(locale, durationMs),
      bytes: (bytes: number) => format.formatBytes(locale, bytes),
      time: (iso: string) => format.formatTime(locale, iso),
      fullTime: (iso: string) => format.formatFullTime(locale, iso),
      ago: (iso: string) => format.formatAgo(locale, iso),
    }),
    [locale],
  );
}
