import {
  costOfCount,
  costOfEach,
  lessMoney,
  moneyRatio,
  moneyUnit,
  nodeYears,
  percent,
  perDay,
  quantity,
  ratio,
  scale,
  scaleMoney,
  Sheet,
  speedOf,
  sumMoney,
  units,
  type Cell,
  type Money,
  type Quantity,
  type Told,
} from "../sheet/index.ts";
import { addCachedShare, addCostOfMillion, addFleetSpeed, millionsOfYear } from "./add-fleet.ts";
import { addAverageWatts, addOwnedNode, type OwnedNode } from "./add-owned-node.ts";
import { addNodeYear, powerOfYear, type NodeYearCells } from "./add-node-year.ts";
import { addGroup } from "./add-group.ts";
import { addPower } from "./add-power.ts";
import { addTokenPrices, type TokenPrices } from "./add-token-prices.ts";
import type { FleetInput } from "./fleet-input.ts";
import { describeNode } from "./describe-node.ts";
import type { Plan } from "./plan.ts";

export interface BuyOrOwnInput extends FleetInput {
  /** All tokens a day, input and output. */
  tokensPerDay: Told;
  /** A vendor's prices: the catalogue's. */
  prices: TokenPrices;
}

/** Whether a day's tokens are cheaper from a vendor or from nodes of one's own, and from which utilisation on. */
export function planBuyOrOwn(input: BuyOrOwnInput): Plan {
  const sheet = new Sheet(input.currency);
  const money = moneyUnit(sheet.currency);
  const tokens = sheet.assume("tokens a day", units.tokensPerDay, input.tokensPerDay);
  const node = addOwnedNode(sheet, input);
  // As the vendor bills them and as one's own nodes find them.
  const cachedShare = addCachedShare(sheet, input);
  const speed = addFleetSpeed(sheet, input, cachedShare);
  const { nodes, atWork, idle, utilisation } = addNodes(sheet, input, tokens, speed);
  const year = addNodeYear(sheet, node, input.finance, addAverageWatts(sheet, node, utilisation));
  const owned = addCostOfMillion(sheet, { speed, utilisation, year });
  const bought = addBoughtMillion(sheet, input, cachedShare);

  const breakEven = addBreakEven(sheet, node, year, speed, bought);
  const breakEvenTokens = sheet.figure(
    "tokens a day at which owning costs as much as buying",
    units.tokensPerDay,
    "nodes × speed of a node × 86,400 s × utilisation at which owning costs as much as buying",
    { nodes, speed, breakEven },
    ({ nodes, speed, breakEven }) => quantity((perDay(speedOf(nodes, speed)) * breakEven) / 100, "token/day"),
  );
  const ownCost = sheet.figure(
    "cost of owning a year",
    money,
    "nodes × cost of a node a year",
    { nodes, total: year.total },
    ({ nodes, total }) => costOfCount(total, nodeYears(nodes, quantity(1, "year"))),
  );
  const buyCost = sheet.figure(
    "cost of buying a year",
    money,
    "tokens a day × 365 × cost of a million tokens bought",
    { tokens, bought },
    ({ tokens, bought }) => costOfCount(bought, quantity((tokens * 365) / 1e6, "million tokens")),
  );
  const saving = sheet.figure(
    "saving by owning a year",
    money,
    "cost of buying a year − cost of owning a year; below 0 where buying is cheaper",
    { ownCost, buyCost },
    ({ ownCost, buyCost }) => lessMoney(buyCost, ownCost),
  );
  const power = addPower(sheet, node, tokens, atWork, { nodes: idle, watts: node.idleWatts });
  const { title, notes } = describeNode(input);
  return {
    question: "buy-or-own",
    title: `${title}, or from a vendor`,
    sheet,
    results: [
      { key: "nodes", figure: nodes.name },
      { key: "buy_cost_per_million_tokens", figure: bought.name },
      { key: "own_cost_per_million_tokens", figure: owned.total },
      { key: "utilisation_percent", figure: addPercent(sheet, utilisation).name },
      { key: "break_even_utilisation_percent", figure: breakEven.name },
      { key: "break_even_tokens_per_day", figure: breakEvenTokens.name },
      { key: "buy_cost_per_year", figure: buyCost.name },
      { key: "own_cost_per_year", figure: ownCost.name },
      { key: "saving_per_year", figure: saving.name },
      ...power.results,
    ],
    breakdowns: [owned, { total: year.total.name, parts: year.parts.map((part) => part.name) }, power.breakdown],
    notes: [
      ...notes,
      "A break-even above 100 % is never reached: these nodes cost more than the vendor even when they always work.",
    ],
  };
}

/** Adds as many whole nodes as the tokens take within the utilisation, and the utilisation that comes of it. */
function addNodes(
  sheet: Sheet,
  { finance, serving }: BuyOrOwnInput,
  tokens: Cell<Quantity<"token/day">>,
  speed: Cell<Quantity<"token/s/node">>,
) {
  const planned = sheet.assume("most utilisation", units.share, finance.utilisation);
  const atWork = sheet.figure(
    "nodes at work",
    units.nodes,
    "tokens a day ÷ (speed of a node × 86,400 s)",
    { tokens, speed },
    ({ tokens, speed }) => quantity(ratio(tokens, perDay(speedOf(quantity(1, "node"), speed))), "node"),
  );
  const group = addGroup(sheet, serving);
  const nodes = sheet.figure(
    "nodes",
    units.nodes,
    `nodes at work ÷ most utilisation, ${group.up}`,
    { atWork, planned, least: group.least },
    ({ atWork, planned, least }) => group.roundUp(atWork / planned, least),
  );
  const utilisation = sheet.figure("utilisation", units.share, "nodes at work ÷ nodes", { atWork, nodes }, (values) =>
    ratio(values.atWork, values.nodes),
  );
  const idle = sheet.figure("idle nodes", units.nodes, "nodes − nodes at work", { atWork, nodes }, (values) =>
    quantity(values.nodes - values.atWork, "node"),
  );
  return { nodes, atWork, idle, utilisation };
}

/** Adds what a million tokens of the mix cost at the vendor. */
function addBoughtMillion(
  sheet: Sheet,
  input: BuyOrOwnInput,
  cachedShare: Cell<Quantity<"1">>,
): Cell<Money<"million tokens">> {
  const prices = addTokenPrices(sheet, input.prices, input.rates);
  const outputShare = sheet.find("output share of tokens") as Cell<Quantity<"1">>;
  return sheet.figure(
    "cost of a million tokens bought",
    moneyUnit(sheet.currency, "million tokens"),
    "(1 − output share) × ((1 − cached share) × price of uncached input + cached share × price of cached input) + output share × price of output",
    { ...prices, cachedShare, outputShare },
    ({ fresh, cached, output, cachedShare, outputShare }) => {
      const inputShare = rest(outputShare);
      return sumMoney(
        scaleMoney(fresh, scale(inputShare, rest(cachedShare))),
        scaleMoney(cached, scale(inputShare, cachedShare)),
        scaleMoney(output, outputShare),
      );
    },
  );
}

/**
 * Adds the utilisation at which a node costs a year what its tokens cost at the vendor. Its cost is fixed but for the power
 * that work takes, so that it is (fixed cost + idle power) ÷ (bought tokens of a full year − power of work).
 */
function addBreakEven(
  sheet: Sheet,
  node: OwnedNode,
  year: NodeYearCells,
  speed: Cell<Quantity<"token/s/node">>,
  bought: Cell<Money<"million tokens">>,
): Cell<Quantity<"%">> {
  const unit = moneyUnit(sheet.currency, "node-year");
  const { powerPrice, idleWatts, workWatts, effectiveness } = node;
  const fixed = sheet.figure(
    "cost of a node a year without power",
    unit,
    "cost of a node a year − power of a node a year",
    { total: year.total, power: year.power },
    ({ total, power }) => lessMoney(total, power),
  );
  const powerAt = (name: string, watts: Cell<Quantity<"W/node">>) =>
    sheet.figure(
      name,
      unit,
      `${watts.name} × power usage effectiveness × 8,760 h × power price`,
      { watts, effectiveness, powerPrice },
      ({ watts, effectiveness, powerPrice }) => powerOfYear(scale(watts, effectiveness), powerPrice),
    );
  const idle = powerAt("power of an idle node a year", idleWatts);
  const full = powerAt("power of a node that always works a year", workWatts);
  const worth = sheet.figure(
    "price of a full year's tokens bought",
    unit,
    "speed of a node × 86,400 s × 365 × cost of a million tokens bought",
    { speed, bought },
    ({ speed, bought }) => costOfEach(bought, millionsOfYear(speed, quantity(1, "1"))),
  );
  return sheet.figure(
    "utilisation at which owning costs as much as buying",
    units.percent,
    "(cost without power + power of an idle node) ÷ (price of a full year's tokens − (power of one that always works − power of an idle node)); 1,000,000 % at most",
    { fixed, idle, full, worth },
    ({ fixed, idle, full, worth }) => {
      const gain = lessMoney(worth, lessMoney(full, idle));
      return gain <= 0n ? never : quantity(Math.min(never, percent(moneyRatio(sumMoney(fixed, idle), gain))), "%");
    },
  );
}

const never = quantity(1_000_000, "%");

function addPercent(sheet: Sheet, share: Cell<Quantity<"1">>): Cell<Quantity<"%">> {
  return sheet.figure(`${share.name} in percent`, units.percent, `${share.name} × 100`, { share }, ({ share }) =>
    percent(share),
  );
}

function rest(share: Quantity<"1">): Quantity<"1"> {
  return quantity(1 - share, "1");
}
