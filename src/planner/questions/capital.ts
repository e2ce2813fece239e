import {
  affordable,
  costOfCount,
  costOverYears,
  enterMoney,
  lessMoney,
  moneyUnit,
  scale,
  Sheet,
  showIn,
  units,
  type Cell,
  type Money,
  type Told,
  type ToldMoney,
} from "../sheet/index.ts";
import { addFleet, addFleetResults, cacheNotes, type FleetCells } from "./add-fleet.ts";
import { TooLittle } from "./add-group.ts";
import { powerOfYear } from "./add-node-year.ts";
import type { FleetInput } from "./fleet-input.ts";
import { describeNode } from "./describe-node.ts";
import type { Plan } from "./plan.ts";

export interface CapitalInput extends FleetInput {
  /** All that is spent over the years: servers, network, construction, power and staff. */
  capital: ToldMoney;
  years: Told;
}

/** What an amount that is spent over some years buys: machines, megawatts, tokens a day. */
export function planCapital(input: CapitalInput): Plan {
  const sheet = new Sheet(input.currency);
  const money = moneyUnit(sheet.currency);
  const capital = enterMoney(sheet, "capital", input.capital, input.rates);
  const capitalAbroad = showIn(sheet, capital, "USD", input.rates);
  const fleet = addFleet(sheet, input);
  const { hardware, network, construction } = fleet.node;
  const { power, staff } = addRunningCosts(sheet, input, fleet);
  const purposes = { servers: hardware, network, construction, power, "staff and repairs": staff };
  const spending = sheet.sum("spending for a node", moneyUnit(sheet.currency, "node"), Object.values(purposes));
  const { group } = fleet;
  const nodes = sheet.figure(
    "nodes",
    units.nodes,
    `capital ÷ spending for a node, ${group.down}`,
    { capital, spending, least: group.least },
    ({ capital, spending, least }) => group.roundDown(affordable(capital, spending), least),
  );
  sheet.require((values) => {
    const [found, takes] = [values.of(capital), costOfCount(values.of(spending), values.of(group.least))];
    if (found >= takes) return;
    const shown = (amount: Money) => `${showAmount(money.toNumber(amount))} ${sheet.currency}`;
    const made = Object.entries(purposes).map(
      ([purpose, each]) => `${shown(costOfCount(values.of(each), values.of(group.least)))} for ${purpose}`,
    );
    throw new TooLittle("a capital", input, { found: shown(found), takes: `${shown(takes)}: ${made.join(", ")}` });
  });
  const parts = Object.entries(purposes).map(([purpose, price]) =>
    sheet.figure(`capital for ${purpose}`, money, `nodes × ${price.name}`, { price, nodes }, ({ price, nodes }) =>
      costOfCount(price, nodes),
    ),
  );
  const spent = sheet.sum("capital spent", money, parts);
  const left = sheet.figure(
    "capital left over",
    money,
    "capital − capital spent: less than another node or group takes; below 0 where an amount that does falls short at the dear end of an assumption",
    { capital, spent },
    ({ capital, spent }) => lessMoney(capital, spent),
  );
  const results = addFleetResults(sheet, fleet, nodes);
  const { title, notes } = describeNode(input);
  return {
    question: "capital",
    title: `${title}, for an amount spent over years`,
    sheet,
    results: [
      { key: "capital", figure: capital.name },
      ...(capitalAbroad ? [{ key: "capital_usd", figure: capitalAbroad.name }] : []),
      ...results.results,
    ],
    breakdowns: [{ total: capital.name, parts: [...parts, left].map((part) => part.name) }, ...results.breakdowns],
    notes: [
      ...notes,
      ...cacheNotes(input),
      "Tokens a day are those when all nodes are there; nodes are bought over the period.",
      "The amount pays for the period only; the cost of a million tokens is over the useful lives, with cost of capital.",
    ],
  };
}

/** Whole, where it is not less than one. */
const showAmount = (amount: number) =>
  amount < 1 ? amount.toPrecision(3) : Math.round(amount).toLocaleString("en-US");

/** Adds what power and staff of a node cost in the years that it runs of the period. */
function addRunningCosts(
  sheet: Sheet,
  input: CapitalInput,
  { node, averageWatts }: FleetCells,
): Record<"power" | "staff", Cell<Money<"node">>> {
  const unit = moneyUnit(sheet.currency, "node");
  const years = sheet.assume("years of spending", units.years, input.years);
  const presence = sheet.assume("part of the period that a node runs", units.share, input.finance.presence);
  const running = sheet.figure(
    "years that a node runs in the period",
    units.years,
    "years of spending × part of the period that a node runs",
    { years, presence },
    ({ years, presence }) => scale(years, presence),
  );
  const power = sheet.figure(
    "power of a node in the period",
    unit,
    "average power of a node with cooling × 8,760 h × power price × years that a node runs in the period",
    { averageWatts, price: node.powerPrice, running },
    ({ averageWatts, price, running }) => costOverYears(powerOfYear(averageWatts, price), running),
  );
  const staff = sheet.figure(
    "staff and repairs of a node in the period",
    unit,
    "staff and repairs of a node a year × years that a node runs in the period",
    { yearly: node.staffOfYear, running },
    ({ yearly, running }) => costOverYears(yearly, running),
  );
  return { power, staff };
}
