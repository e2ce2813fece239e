import { completeRates, rateNames } from "../../base/complete-rates.ts";
import type { DeclaredPrice, DeclaredRates } from "../../base/declared-price.ts";

/**
 * A merged price, in which what the source does not tell is as before. What cost as much as a usual request or more, a long prompt
 * or a faster service, costs no less than one now: a source that raises the price and tells no tiers would make long prompts the cheaper ones.
 */
export function keepDearer(before: DeclaredPrice, after: DeclaredPrice, merged: DeclaredPrice): DeclaredPrice {
  const [was, is] = [completeRates(before), completeRates(merged)];
  const raise = <Rates extends { [Name in keyof DeclaredRates]?: DeclaredRates[Name] | undefined }>(rates: Rates) => {
    const raised = { ...rates };
    for (const name of rateNames) {
      const rate = Number(rates[name]);
      if (rate >= Number(was[name]) && rate < Number(is[name])) Object.assign(raised, { [name]: is[name] });
    }
    return raised;
  };
  const services = Object.entries(merged.service_tiers ?? {}).map(([name, service]) => {
    const isTold = after.service_tiers !== undefined && Object.hasOwn(after.service_tiers, name);
    if (isTold || service.factor !== undefined) return [name, service] as const;
    return [name, { ...raise(service), ...(service.tiers && { tiers: service.tiers.map(raise) }) }] as const;
  });
  return {
    ...merged,
    ...(merged.tiers && !after.tiers && { tiers: merged.tiers.map(raise) }),
    ...(services.length > 0 && { service_tiers: Object.fromEntries(services) }),
  };
}
