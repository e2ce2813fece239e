import { accelerators, servingFigures, sites } from "../../planner/data/index.ts";
import { knownModelIds, readKnownModel } from "../../planner/models/index.ts";
import { fitTable } from "../fit-table.ts";
import { print, printJson } from "../print.ts";
import { showValue } from "./show-value.ts";

export const listKinds = ["hardware", "models", "sites", "serving"] as const;
export type ListKind = (typeof listKinds)[number];

/** Prints what plans know of: all kinds, or one. */
export function runList(kinds: readonly ListKind[], { json }: { json?: boolean }): void {
  if (json) {
    printJson(Object.fromEntries(kinds.map((kind) => [kind, lists[kind].all()])));
    return;
  }
  for (const [place, kind] of kinds.entries()) {
    const { titles, rows, about } = lists[kind];
    if (place > 0) print("");
    print(about);
    const columns = titles.map((title, at) => ({
      title,
      ...(at === 1 && { charsMin: 12, cutAt: "end" as const }),
      ...(spare.includes(title) && { spare: spare.indexOf(title) + 1 }),
    }));
    print(fitTable(columns, rows()).text);
  }
}

/** Columns that a narrow terminal goes without, the last one first. */
const spare = ["BUILDING", "BF16", "BANDWIDTH"];

interface List {
  about: string;
  titles: readonly string[];
  rows(): (string | number)[][];
  /** For JSON, with sources. */
  all(): readonly object[];
}

const lists: Readonly<Record<ListKind, List>> = {
  hardware: {
    about: "Accelerators (--on), with their dense speed and price of one in a server:",
    titles: ["ID", "NAME", "MEMORY", "BANDWIDTH", "BF16", "FP8", "POWER", "PRICE"],
    rows: () =>
      accelerators.map(({ flopsPerSecond, price, ...one }) => [
        one.id,
        one.name,
        showValue(one.memoryBytes, "B"),
        showValue(one.memoryBytesPerSecond, "B/s"),
        showFlops(flopsPerSecond.bf16 ?? flopsPerSecond.f16),
        showFlops(flopsPerSecond.fp8),
        showValue(one.wattsFull, "W"),
        showValue(Number(price.likely), price.currency),
      ]),
    all: () => accelerators,
  },
  models: {
    about: "Models (--model); a GGUF file or a config.json can be given instead:",
    titles: ["ID", "NAME", "PARAMETERS", "AT WORK", "DATE"],
    rows: () =>
      models().map(({ id, date, profile }) => [
        id,
        profile.name,
        showValue(profile.parameters, ""),
        showValue(profile.activeParameters, ""),
        date,
      ]),
    all: () => models(),
  },
  sites: {
    about: "Countries (--country), with power usage effectiveness, price of power and carbon dioxide:",
    titles: ["ID", "NAME", "PUE", "POWER PRICE", "CO2", "BUILDING"],
    rows: () =>
      sites.map((site) => [
        site.id,
        site.name,
        String(site.effectiveness.likely),
        `${site.powerPrice.likely} ${site.powerPrice.currency}/kWh`,
        `${site.gramsPerKilowattHour.likely} g/kWh`,
        `${site.construction.likely} ${site.construction.currency}/W`,
      ]),
    all: () => sites,
  },
  serving: {
    about: "Published speeds of a node, in tokens a second, and how many nodes served together:",
    titles: ["MODEL", "HARDWARE", "IN A NODE", "NODES", "INPUT", "OUTPUT"],
    rows: () =>
      servingFigures.map((figure) => [
        figure.model,
        figure.accelerator,
        figure.count,
        figure.group.nodes,
        showValue(Number(figure.prefill.likely), "token/s"),
        showValue(Number(figure.decode.likely), "token/s"),
      ]),
    all: () => servingFigures,
  },
};

const models = () => knownModelIds().map(readKnownModel);

function showFlops(value: number | undefined): string {
  return value === undefined ? "-" : showValue(value, "FLOP/s");
}
