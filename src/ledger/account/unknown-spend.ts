import type { UnknownSpend } from "../store/account-store.ts";

/** What was reserved by requests under way, less what their records tell of: each lessens the last hold that is not of a later window. */
export function unknownSpend(holds: readonly UnknownSpend[], known: readonly UnknownSpend[]): UnknownSpend[] {
  const left = holds.map((hold) => ({ ...hold })).sort((one, other) => other.time - one.time);
  for (const { organisation, project, keyId, currency, time, amount } of known) {
    const own = left.filter(
      (hold) =>
        hold.keyId === keyId &&
        hold.project === project &&
        hold.organisation === organisation &&
        hold.currency === currency,
    );
    const hold = own.find((one) => one.time <= time) ?? own.at(-1);
    if (hold) hold.amount -= amount;
  }
  return left.filter(({ amount }) => amount > 0n);
}
