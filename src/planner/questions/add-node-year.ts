import type { Finance } from "../data/index.ts";
import {
  costOfEach,
  costOfYear,
  energy,
  hoursPerYear,
  lessMoney,
  moneyUnit,
  quantity,
  scaleMoney,
  sumMoney,
  units,
  type Cell,
  type Money,
  type Quantity,
  type Sheet,
} from "../sheet/index.ts";
import type { OwnedNode } from "./add-owned-node.ts";

export interface NodeYearCells {
  /** Parts that add up to `total`. */
  parts: readonly Cell<Money<"node-year">>[];
  total: Cell<Money<"node-year">>;
  /** The part that depends on utilisation. */
  power: Cell<Money<"node-year">>;
}

/** Adds what an owned node costs a year: depreciation, cost of capital, power and staff. */
export function addNodeYear(
  sheet: Sheet,
  node: OwnedNode,
  finance: Finance,
  averageWatts: Cell<Quantity<"W/node">>,
): NodeYearCells {
  const unit = moneyUnit(sheet.currency, "node-year");
  const hardwareYears = sheet.assume("useful life of servers and network", units.years, finance.hardwareYears);
  const buildingYears = sheet.assume("useful life of buildings", units.years, finance.constructionYears);
  const costOfCapital = sheet.assume("cost of capital", units.share, finance.costOfCapital);
  const { hardware, network, construction, powerPrice, staffOfYear } = node;

  const depreciation = (name: string, price: Cell<Money<"node">>, years: Cell<Quantity<"year">>) =>
    sheet.figure(name, unit, `${price.name} ÷ ${years.name}`, { price, years }, ({ price, years }) =>
      costOfYear(price, years),
    );
  const financing = sheet.figure(
    "cost of capital of a node a year",
    unit,
    "equal yearly payments p · r ÷ (1 − (1 + r)⁻ⁿ) for what a node costs at first, less its depreciation (the annuity formula)",
    { hardware, network, construction, hardwareYears, buildingYears, costOfCapital },
    ({ hardware, network, construction, hardwareYears, buildingYears, costOfCapital }) =>
      sumMoney(
        financingOfYear(sumMoney(hardware, network), hardwareYears, costOfCapital),
        financingOfYear(construction, buildingYears, costOfCapital),
      ),
  );
  const power = sheet.figure(
    "power of a node a year",
    unit,
    "average power of a node with cooling × 8,760 h × power price",
    { averageWatts, powerPrice },
    ({ averageWatts, powerPrice }) => powerOfYear(averageWatts, powerPrice),
  );
  const parts = [
    depreciation("servers of a node a year", hardware, hardwareYears),
    depreciation("network of a node a year", network, hardwareYears),
    depreciation("building of a node a year", construction, buildingYears),
    financing,
    power,
    staffOfYear,
  ];
  return { parts, total: sheet.sum("cost of a node a year", unit, parts), power };
}

/** What a node's power costs a year. */
export function powerOfYear(watts: Quantity<"W/node">, price: Money<"kWh">): Money<"node-year"> {
  const used = energy(quantity(watts, "W"), quantity(hoursPerYear, "h"));
  return costOfEach(price, quantity(used, "kWh/node-year"));
}

/** What lenders and owners of a price ask a year beside its depreciation. */
function financingOfYear(price: Money<"node">, years: Quantity<"year">, rate: Quantity<"1">): Money<"node-year"> {
  const depreciation = costOfYear(price, years);
  if (rate === 0) return lessMoney(depreciation, depreciation);
  const payment = quantity((rate / (1 - (1 + rate) ** (0 - years))) * years, "1");
  return lessMoney(scaleMoney(depreciation, payment), depreciation);
}
