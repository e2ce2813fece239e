import { systemClock } from "../../base/clock.ts";
import { askSimilar } from "../../base/find-similar.ts";
import { showList } from "../../base/show-list.ts";
import { accelerators, findAccelerator, findSite, sites } from "../../planner/data/index.ts";
import { knownModelIds, readKnownModel } from "../../planner/models/index.ts";
import { PlanFault } from "../../planner/sheet/index.ts";
import { FieldFault } from "./field-fault.ts";
import { findPrices } from "./find-prices.ts";

/** The id of an accelerator that a plan knows. Throws a FieldFault with the nearest name and all of them. */
export function findAcceleratorId(text: string): string {
  return known(text, "accelerator", () => findAccelerator(text).id, {
    names: accelerators.flatMap(({ id, name }) => [id, name]),
    ids: accelerators.map(({ id }) => id),
    list: "hardware",
  });
}

/** The code of a country, by it or by its name. Throws a FieldFault. */
export function findCountryId(text: string): string {
  const wanted = text.trim().toLowerCase();
  const named = otherCountryNames[wanted] ?? sites.find(({ name }) => name.toLowerCase() === wanted)?.id;
  return known(text, "country", () => named ?? findSite(text).id, {
    names: sites.flatMap(({ id, name }) => [name, id]),
    ids: sites.map(({ id }) => id),
    list: "sites",
  });
}

/** A known model, or a file that may be one: whether there is such a file is seen when it is read. Throws a FieldFault. */
export function findModelName(text: string): string {
  if (/\.(?:gguf|json)$/i.test(text)) return text;
  const ids = knownModelIds();
  const find = () => {
    readKnownModel(text);
    return text;
  };
  return known(text, "model", find, { names: ids, ids, list: "models", also: ", or a file NAME.gguf or config.json" });
}

/** A vendor's model that the catalogue has a price of. Throws a FieldFault. */
export function findVendorsModel(text: string): string {
  findPrices(text, systemClock.now());
  return text;
}

const otherCountryNames: Readonly<Record<string, string>> = {
  usa: "US",
  america: "US",
  uk: "GB",
  "great britain": "GB",
  britain: "GB",
  england: "GB",
  uae: "AE",
  korea: "KR",
  ksa: "SA",
};

interface Known {
  /** Those that a misspelt name may mean. */
  names: readonly string[];
  ids: readonly string[];
  /** What `sahab plan list` calls them. */
  list: string;
  also?: string;
}

function known(text: string, kind: string, find: () => string, { names, ids, list, also = "" }: Known): string {
  try {
    if (text.trim() !== "") return find();
  } catch (cause) {
    if (!(cause instanceof PlanFault)) throw cause;
  }
  const why = text.trim() === "" ? "it is empty" : `there is no ${kind} of that name${askSimilar(text, names)}`;
  throw new FieldFault(text, why, `one of ${showList(ids, 20)} (sahab plan list ${list})${also}`);
}
