import { mayBeOfEnvironment } from "../vendor/index.ts";
import { showList } from "../base/show-list.ts";
import type { CloudConfig } from "./cloud-config.ts";
import { listOfPrices } from "./price-schema.ts";
import { pricesOfTarget, type KnownPrices } from "./prices-of-target.ts";

/** Budgets in a currency that no rate leads to from that of a model's price: one line for each two currencies. */
export function findRateDoubts(config: CloudConfig, catalog: KnownPrices | undefined): string[] {
  const rates = new Set(config.rates?.map(({ from, to }) => `${from}>${to}`));
  const organisations = new Set(config.organisations?.flatMap(({ name, budget }) => (budget ? [name] : [])));
  const counting = config.projects.filter(
    ({ budget, prepaid, session_budget: session, organisation = "" }) =>
      budget !== undefined || prepaid || session !== undefined || organisations.has(organisation),
  );
  const priced = modelsByCurrency(config, catalog);
  return [...Map.groupBy(counting, ({ currency }) => currency)].flatMap(([to, projects]) =>
    [...priced].flatMap(([from, models]) =>
      from === to || rates.has(`${from}>${to}`)
        ? []
        : [
            `rates: project ${showList(projects.map(({ name }) => name))} has a budget in ${to}, and ${showList([...models])} is priced in ${from}: declare a rate from ${from} to ${to}, or these requests are refused`,
          ],
    ),
  );
}

/** Which models are charged in which currency; those that are free are in none. */
function modelsByCurrency(config: CloudConfig, catalog: KnownPrices | undefined): Map<string, Set<string>> {
  const declared = new Map(config.providers.map((provider) => [provider.name, provider]));
  const byCurrency = new Map<string, Set<string>>();
  for (const model of config.models) {
    const { charge } = model;
    const isOwn = charge !== undefined && !(typeof charge === "object" && "factor" in charge);
    const costs = (model.targets ?? []).map((target) => {
      const { provider: name } = target;
      const provider = declared.get(name) ?? (mayBeOfEnvironment(name) ? { name, vendor: name } : undefined);
      return pricesOfTarget(model, target, provider, catalog);
    });
    for (const { currency } of (isOwn ? [charge] : [...costs, model.price]).flatMap(listOfPrices)) {
      const names = byCurrency.get(currency) ?? new Set();
      byCurrency.set(currency, names.add(model.name));
    }
  }
  return byCurrency;
}
