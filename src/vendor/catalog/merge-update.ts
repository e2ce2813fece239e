import type { DeclaredPrice } from "../../base/declared-price.ts";
import { ownValue } from "../../base/own-value.ts";
import { priceInForce } from "../../base/price-in-force.ts";
import type { CatalogSource, StoredCatalog, StoredModel, StoredPart } from "./catalog-model.ts";
import { pricesOf } from "./catalog-model.ts";
import { isKnownByHand, isPricedByHand } from "./correct-models.ts";
import { findAbsurdChanges, findChanges, rateOf } from "./compare-prices.ts";
import { changedFacts } from "./compare-facts.ts";
import { keepDearer } from "./keep-dearer.ts";

/** What an update changes, or would. */
export interface CatalogChange {
  /**
   * `add`: a model is new. `price`: its price is another one, or known now. `facts`: other facts are others. `held`: the price is
   * so far from the one before that nothing of it is taken over. `kept`: the source has no price, or not all of it, any more, and what was known stays.
   * `by hand`: the source's price is another one, and ours, set by hand, stays. `gone`: the source does not list the model any more; it stays.
   */
  action: "add" | "price" | "facts" | "held" | "kept" | "by hand" | "gone";
  part: string;
  model: string;
  /** What is changed, a phrase each: `output 15 → 12`. */
  details: string[];
}

interface Update {
  parts: Readonly<Record<string, StoredPart>>;
  source: CatalogSource;
  /** Models, as `part/id`, whose held price is taken over all the same. */
  accept: ReadonlySet<string>;
  /** What the source says of a price that cannot be believed. */
  describeCost?(part: string, model: string): string | undefined;
}

/**
 * A catalogue with an update in it. Nothing that is known is lost by it: models, prices and limits that the update does not have
 * stay, and a price more than ten times higher or lower is held back.
 */
export function mergeUpdate(
  current: StoredCatalog,
  update: Update,
): { catalog: StoredCatalog; changes: CatalogChange[] } {
  const changes: CatalogChange[] = [];
  const { name, date } = update.source;
  const key = `${name}, ${date}`;
  const parts = Object.entries(current.parts).map(([part, before]): [string, StoredPart] => {
    const fresh = new Map(Object.entries(update.parts[part]?.models ?? {}));
    const known = new Map(Object.entries(before.models));
    const told = (action: CatalogChange["action"], model: string, details: string[] = []) =>
      changes.push({ action, part, model, details });
    // Models of other sources were never in this one.
    const listed = [...known.values()].filter((model) => (model.source ?? current.source) === current.source);
    const isGone = fresh.size === 0;
    if (isGone && listed.length > 0) told("gone", "*", [`all its models (${listed.length})`]);
    const models = [...new Set([...known.keys(), ...fresh.keys()])].map((id): [string, StoredModel] => {
      const [old, next] = [known.get(id), fresh.get(id)];
      if (!next) {
        const source = old?.source ?? current.source;
        if (source === current.source && !isGone) told("gone", id);
        return [id, { ...(old as StoredModel), source }];
      }
      if (!old) {
        const isKnown = isKnownByHand(part, id);
        const rates = isPricedByHand(part, id) ? ["price set by hand stays"] : pricesOf(next).map(describeRates);
        told(isKnown ? "facts" : "add", id, [...(isKnown ? ["the source lists it now"] : []), ...rates]);
        return [id, { ...next, source: key }];
      }
      const { price, action, details } = mergePrice(part, id, old, next, update, labelOf(current, old));
      if (action) told(action, id, details);
      const facts = changedFacts(old, next);
      if (facts.length > 0) told("facts", id, facts);
      return [id, { ...old, ...next, ...(price !== undefined && { price }), source: key }];
    });
    return [part, { name: before.name, models: Object.fromEntries(models) }];
  });
  const sources = { ...current.sources, [key]: update.source };
  return { catalog: dropUnused({ source: key, sources, parts: Object.fromEntries(parts) }), changes };
}

interface MergedPrice {
  price: StoredModel["price"] | undefined;
  action?: CatalogChange["action"];
  details?: string[];
}

function mergePrice(
  part: string,
  id: string,
  old: StoredModel,
  next: StoredModel,
  { accept, describeCost }: Update,
  oldSource: string,
): MergedPrice {
  const before = priceInForce(pricesOf(old), Number.POSITIVE_INFINITY);
  const [after] = pricesOf(next);
  if (!before) return after ? tellFirst(part, id, after) : { price: undefined };
  const stays = { ...before, source: before.source ?? oldSource };
  if (!after) {
    const said = describeCost?.(part, id);
    const why = said === undefined ? "the source has no price any more" : `the source's price is not credible: ${said}`;
    return { price: stays, action: "kept", details: [why] };
  }
  const { changes, lost } = findChanges(before, after);
  const { source: _, ...known } = before;
  if (changes.length === 0 && lost.length === 0) return { price: known };
  if (isPricedByHand(part, id)) return { price: after, action: "by hand", details: changes };
  const merged = keepDearer(before, after, { ...known, ...after, ...uniteServices(known, after) });
  const made = findChanges(before, merged).changes;
  const names = new Set(made.map(rateOf));
  const stay = lost.filter((rate) => !names.has(rate)).map((rate) => `${rate} stays`);
  const absurd = accept.has(`${part}/${id}`) ? [] : findAbsurdChanges(before, merged);
  if (absurd.length > 0) {
    // All that accepting it would change is shown.
    const shown = new Set(absurd.map(rateOf));
    const rest = made.filter((change) => !shown.has(rateOf(change)));
    return { price: stays, action: "held", details: [...absurd, ...rest, ...stay] };
  }
  if (made.length === 0) return { price: merged, action: "kept", details: lost };
  return { price: merged, action: "price", details: [...made, ...stay] };
}

/** What a source does not tell of a service tier stays, but for a factor: rates that it tells are whole ones. */
function uniteServices(before: DeclaredPrice, after: DeclaredPrice): Pick<DeclaredPrice, "service_tiers"> {
  const told = Object.entries(after.service_tiers ?? {}).map(([name, service]) => {
    const { factor: _, ...known } = ownValue(before.service_tiers, name) ?? {};
    return [name, { ...known, ...service }] as const;
  });
  const services = { ...before.service_tiers, ...Object.fromEntries(told) };
  return Object.keys(services).length === 0 ? {} : { service_tiers: services };
}

/** A price where none was known. */
function tellFirst(part: string, id: string, price: DeclaredPrice): MergedPrice {
  return { price, action: isPricedByHand(part, id) ? "by hand" : "price", details: [describeRates(price)] };
}

function describeRates({ input, output }: DeclaredPrice): string {
  return `input ${input}, output ${output}`;
}

function labelOf({ source, sources }: StoredCatalog, model: StoredModel): string {
  const key = model.source ?? source;
  const known = sources[key];
  return known ? `${known.name}, ${known.date}` : key;
}

/** Without the names of sources that nothing is from any more, and without naming the usual one at each model. */
function dropUnused({ source, sources, parts }: StoredCatalog): StoredCatalog {
  const used = new Set([source]);
  const lighter = Object.entries(parts).map(([part, { models, ...about }]): [string, StoredPart] => {
    const own = Object.entries(models).map(([id, { source: from = source, ...model }]): [string, StoredModel] => {
      used.add(from);
      return [id, from === source ? model : { ...model, source: from }];
    });
    return [part, { ...about, models: Object.fromEntries(own) }];
  });
  return {
    source,
    sources: Object.fromEntries(Object.entries(sources).filter(([key]) => used.has(key))),
    parts: Object.fromEntries(lighter),
  };
}
