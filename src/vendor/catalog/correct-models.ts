import { pricesOf, type CatalogModel, type StoredCatalog, type StoredModel } from "./catalog-model.ts";
import { corrections } from "./corrections/index.ts";

/** The models of a part by id, corrected; where each price is from is told in it. */
export function correctModels(catalog: StoredCatalog, part: string): Map<string, CatalogModel> {
  const models = new Map<string, CatalogModel>();
  const stored = Object.hasOwn(catalog.parts, part) ? catalog.parts[part]?.models : undefined;
  for (const [id, { source = catalog.source, ...model }] of Object.entries(stored ?? {})) {
    const { name, date } = catalog.sources[source] ?? { name: source, date: "" };
    models.set(id, withSource({ ...model, part, id, source: `${name}, ${date}` }));
  }
  for (const { parts, models: own = {}, each, source, date } of corrections) {
    if (!parts.includes(part)) continue;
    const told = `${source}, ${date}`;
    for (const [id, facts] of Object.entries(own)) {
      const known = models.get(id);
      const model = { ...blank, name: id, ...known, ...facts, part, id };
      models.set(id, withSource({ ...model, source: known?.source ?? told }, facts.price && told));
    }
    if (each) for (const [id, model] of models) models.set(id, { ...model, ...each(model, id) });
  }
  return models;
}

/** Whether a model's price is set by hand, whatever the sources say. */
export function isPricedByHand(part: string, id: string): boolean {
  return corrections.some(
    ({ parts, models }) =>
      parts.includes(part) && models !== undefined && Object.hasOwn(models, id) && models[id]?.price !== undefined,
  );
}

/** Whether the catalogue has a model although no source lists it. */
export function isKnownByHand(part: string, id: string): boolean {
  return corrections.some(
    ({ parts, models }) => parts.includes(part) && models !== undefined && Object.hasOwn(models, id),
  );
}

const blank: Pick<StoredModel, "takes" | "gives"> = { takes: ["text"], gives: ["text"] };

function withSource(model: CatalogModel, priceSource?: string): CatalogModel {
  const source = priceSource ?? model.source;
  const note =
    model.converted_from === undefined ? "" : `, converted from ${model.converted_from}, in which it is billed`;
  const prices = pricesOf(model).map((price) => ({ ...price, source: price.source ?? source + note }));
  const [only] = prices;
  return only === undefined ? model : { ...model, price: prices.length === 1 ? only : prices };
}
