import type { DeclaredPrice } from "../base/declared-price.ts";
import { mayBeOfEnvironment } from "../vendor/index.ts";
import type { CloudConfig } from "./cloud-config.ts";
import { describeChargeDoubt } from "./describe-charge-doubt.ts";
import { describePriceDoubt } from "./describe-price-doubt.ts";
import { findNearPrice } from "./find-near-price.ts";
import { findFeeFaults } from "./find-fee-faults.ts";
import { listOfPrices } from "./price-schema.ts";
import { knownPrices, pricesOfTarget, type KnownPrices } from "./prices-of-target.ts";

/** Prices that are most probably meant in another unit or currency, and models that have none: one line for each price. */
export function findPriceDoubts(config: CloudConfig, catalog: KnownPrices | undefined): string[] {
  const declared = new Map(config.providers.map((provider) => [provider.name, provider]));
  const providerOf = (name: string) =>
    declared.get(name) ?? (mayBeOfEnvironment(name) ? { name, vendor: name } : undefined);
  const adviseOnPrice = (unpriced: readonly { provider: string; model: string }[]) => {
    for (const { provider, model } of unpriced) {
      const near = findNearPrice(providerOf(provider), model, catalog);
      if (near)
        return `declare one, per million tokens; the catalogue has a price for ${near.name}: price: ${show(near.price)}`;
    }
    return "declare one, per million tokens, such as price: { currency: USD, input: 0.5, output: 2 }";
  };
  return config.models.flatMap((model, index) => {
    const tell = (place: string, price: DeclaredPrice, known?: readonly DeclaredPrice[]) => {
      const doubt = describePriceDoubt(price, known);
      return [
        ...(doubt === undefined ? [] : [`models[${index}]${place}: model ${model.name} ${doubt}`]),
        ...findFeeFaults(price.fees).map(
          ([name, fault]) => `models[${index}]${place}.fees.${name}: model ${model.name}: ${fault}`,
        ),
      ];
    };
    const known = (model.targets ?? []).map((target) => {
      const provider = providerOf(target.provider);
      return listOfPrices(provider && knownPrices(provider, target.model, catalog));
    });
    const { charge } = model;
    const isFactor = typeof charge === "object" && "factor" in charge;
    const charged = isFactor ? undefined : charge;
    const costOf = (target: NonNullable<typeof model.targets>[number]) =>
      pricesOfTarget(model, target, providerOf(target.provider), catalog);
    const costs = model.targets ? model.targets.map(costOf) : [model.price];
    const ofCharge = describeChargeDoubt(charge, costs);
    const unpriced = (model.targets ?? []).filter((_target, at) => costs[at] === undefined);
    return [
      ...listOfPrices(model.price).flatMap((price) => tell(".price", price, known[0])),
      ...(model.targets ?? []).flatMap((target, at) =>
        listOfPrices(target.price).flatMap((price) => tell(`.targets[${at}].price`, price, known[at])),
      ),
      ...listOfPrices(charged).flatMap((price) => tell(".charge", price)),
      ...(ofCharge === undefined
        ? []
        : [`models[${index}].charge${isFactor ? ".factor" : ""}: model ${model.name} ${ofCharge}`]),
      ...(unpriced.length === 0
        ? []
        : [
            `models[${index}].price: model ${model.name} has no known price at ${[...new Set(unpriced.map(({ provider }) => provider))].join(", ")}, so it is not called there (403 model_not_priced); ${adviseOnPrice(unpriced)}, or write price: free where calls cost nothing`,
          ]),
    ];
  });
}

/** As it can be copied into a cloud.yaml. */
function show({ currency, input, cached_input: cached, output }: DeclaredPrice): string {
  return `{ currency: ${currency}, input: ${input}, ${cached === undefined ? "" : `cached_input: ${cached}, `}output: ${output} }`;
}
