import type { StoredModel, StoredPart } from "../catalog-model.ts";
import { convertModel } from "./convert-model.ts";
import { isObject } from "./is-object.ts";

/** Most models of one vendor; the largest list has 350. */
const modelsMax = 5_000;

/**
 * The vendors and models of a document in models.dev's form (its api.json), those of the parts that are wanted. Whoever wrote it
 * may have written anything: what is no vendor or no model is left out. Undefined where it has none of the parts.
 */
export function readModelsDev(document: unknown, wanted: Iterable<string>): Record<string, StoredPart> | undefined {
  if (!isObject(document)) return undefined;
  const parts = [...wanted].flatMap((part): [string, StoredPart][] => {
    const vendor = Object.hasOwn(document, part) ? document[part] : undefined;
    if (!isObject(vendor) || !isObject(vendor["models"])) return [];
    const models = Object.entries(vendor["models"])
      .slice(0, modelsMax)
      .flatMap(([id, raw]): [string, StoredModel][] => {
        const model = convertModel(part, id, raw);
        return model ? [[id, model]] : [];
      });
    const { name } = vendor;
    const shown = typeof name === "string" && /^[\x20-\x7e]{1,64}$/.test(name) ? name : part;
    return models.length === 0 ? [] : [[part, { name: shown, models: Object.fromEntries(models) }]];
  });
  return parts.length === 0 ? undefined : Object.fromEntries(parts);
}
