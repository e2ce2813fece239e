import { numberFormat } from "../../format/formatters.ts";

/** An amount beside the axis of a chart: $1.2K, $0.05. It is no exact one. */
export function formatShortMoney(locale: string, amount: number, currency: string): string {
  return numberFormat(locale, {
    numberingSystem: "latn",
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
    notation: "compact",
    maximumSignificantDigits: 3,
  }).format(amount);
}
