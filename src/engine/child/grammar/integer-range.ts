import { gbnfLiteral } from "./gbnf.ts";

/** A grammar rule for the decimal integers from low to high, both included. Infinite ends are cut to what sixteen digits hold. */
export function integerRange(low: number, high: number): string {
  const from = Math.max(low, -integerMax);
  const to = Math.min(high, integerMax);
  const options: string[] = [];
  if (from < 0) options.push(...naturalRange(Math.max(1, -to), -from).map((option) => `"-" ${option}`));
  if (to >= 0) options.push(...naturalRange(Math.max(0, from), to));
  return options.join(" | ");
}

/** A double holds it exactly. */
export const integerMax = Number.MAX_SAFE_INTEGER;

/** Alternatives that together match the natural numbers from low to high: one for each span of numbers with the same leading digits and any trailing digits. */
function naturalRange(low: number, high: number): string[] {
  const spans: string[] = [];
  let from = BigInt(low);
  const last = BigInt(high);
  while (from <= last) {
    let size = 1n;
    // The largest power of ten that divides the start, as long as the span stays within the range.
    while (from % (size * 10n) === 0n && from !== 0n && from + size * 10n - 1n <= last) size *= 10n;
    const digit = (from / size) % 10n;
    let steps = 1n;
    while (digit + steps <= 9n && from + size * (steps + 1n) - 1n <= last) steps++;
    const head = (from / size / 10n).toString();
    const free = size.toString().length - 1;
    const lead = head === "0" ? "" : `${gbnfLiteral(head)} `;
    spans.push(`${lead}[${digit}-${digit + steps - 1n}]${free === 0 ? "" : ` [0-9]{${free}}`}`);
    from += size * steps;
  }
  return spans;
}
