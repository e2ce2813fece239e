import type { ServingFigure } from "../data/index.ts";
import {
  add,
  millionsOf,
  moneyUnit,
  nodesFor,
  perSecond,
  PlanFault,
  priceOfEach,
  quantity,
  Sheet,
  times,
  units,
  type Cell,
  type Quantity,
  type Told,
  type ToldMoney,
} from "../sheet/index.ts";
import { addGroup } from "./add-group.ts";
import { addOwnedDay, addRentedDay } from "./add-paid-day.ts";
import { addPower } from "./add-power.ts";
import { addSales } from "./add-sales.ts";
import { addOwnedNode } from "./add-owned-node.ts";
import { addServing, measuredShare, measuredWith, nothingComputed } from "./add-serving.ts";
import type { TokenPrices } from "./add-token-prices.ts";
import { addWorkingNode, type NodeInput } from "./add-working-node.ts";
import { describeNode } from "./describe-node.ts";
import type { Plan } from "./plan.ts";

export interface DemandInput extends NodeInput {
  currency: string;
  serving: ServingFigure;
  /** Tokens a day. */
  inputTokens: Told;
  /** Of the input tokens, those that come from a cache: 0 … 1. */
  cachedShare: Told;
  outputTokens: Told;
  /** For an accelerator-hour, where nodes are rented for as long as they work; else they are owned. */
  rent?: ToldMoney | undefined;
  /** What the tokens are sold for. */
  prices?: TokenPrices | undefined;
}

/** How many nodes a day's tokens take, what they cost and earn, and their power. */
export function planDemand(input: DemandInput): Plan {
  const sheet = new Sheet(input.currency);
  const tokens = addTokens(sheet, input);
  const serving = addServing(sheet, input.serving);
  const nodesOf = (name: string, tokens: Cell<Quantity<"token/day">>, speed: Cell<Quantity<"token/s/node">>) =>
    sheet.figure(
      name,
      units.nodes,
      `${tokens.name} ÷ 86,400 s ÷ ${speed.name}`,
      { tokens, speed },
      ({ tokens, speed }) => nodesFor(perSecond(tokens), speed),
    );
  const prefillNodes = nodesOf("prefill nodes", addPrefillTokens(sheet, input.serving, tokens), serving.prefill);
  const decodeNodes = nodesOf("decode nodes", tokens.output, serving.decode);
  const nodes = sheet.figure(
    "nodes at work",
    units.nodes,
    "prefill nodes + decode nodes, on average over the day",
    { prefillNodes, decodeNodes },
    ({ prefillNodes, decodeNodes }) => add(prefillNodes, decodeNodes),
  );
  sheet.require((values) => {
    if (values.of(nodes) > 0) return;
    if (values.of(tokens.all) > 0) throw nothingComputed(nodes.name, tokens.output.name);
    throw new PlanFault(`Cannot plan a demand: found 0 ${tokens.all.name}, allowed is more than 0`);
  });

  const group = addGroup(sheet, input.serving);
  const paid = input.rent
    ? addRentedDay(sheet, addWorkingNode(sheet, input), { ...input, rent: input.rent }, group, [
        prefillNodes,
        decodeNodes,
      ])
    : addOwnedDay(sheet, addOwnedNode(sheet, input), input.finance, group, nodes);
  const sales = input.prices && addSales(sheet, input.prices, input.rates, tokens, paid.cost);
  const costOfMillion = sheet.figure(
    "cost of a million tokens",
    moneyUnit(sheet.currency, "million tokens"),
    "cost a day ÷ tokens a day",
    { cost: paid.cost, tokens: tokens.all },
    ({ cost, tokens }) => priceOfEach(cost, millionsOf(times(tokens, quantity(1, "day")))),
  );
  const power = addPower(sheet, paid.node, tokens.all, paid.working ?? nodes, paid.idle);
  const { title, notes } = describeNode(input);
  return {
    question: "demand",
    title,
    sheet,
    results: [
      { key: "nodes", figure: nodes.name },
      { key: "prefill_nodes", figure: prefillNodes.name },
      { key: "decode_nodes", figure: decodeNodes.name },
      ...paid.results,
      { key: "cost", figure: paid.cost.name },
      ...(sales?.results ?? []),
      { key: "tokens_per_day", figure: tokens.all.name },
      { key: "cost_per_million_tokens", figure: costOfMillion.name },
      ...power.results,
    ],
    breakdowns: [...paid.breakdowns, ...(sales?.breakdowns ?? []), power.breakdown],
    notes: [...notes, paid.note],
  };
}

/** Adds the input tokens that take as long as the day's at the cached share that the prefill speed was measured with. */
function addPrefillTokens(sheet: Sheet, { cachedShare, note }: ServingFigure, { input, fresh }: DemandCells) {
  if (cachedShare === undefined) return input;
  const measured = sheet.assume(measuredShare, units.share, measuredWith(cachedShare, note));
  return sheet.figure(
    "input tokens a day as measured",
    units.tokensPerDay,
    `uncached input tokens a day ÷ (1 − ${measuredShare}): what a cache has is not computed`,
    { fresh, measured },
    ({ fresh, measured }) => quantity(fresh / (1 - measured), "token/day"),
  );
}

type DemandCells = ReturnType<typeof addTokens>;

function addTokens(sheet: Sheet, demand: DemandInput) {
  const input = sheet.assume("input tokens a day", units.tokensPerDay, demand.inputTokens);
  const share = sheet.assume("cached share of input tokens", units.share, demand.cachedShare);
  const output = sheet.assume("output tokens a day", units.tokensPerDay, demand.outputTokens);
  const sharesOf = (name: string, formula: string, of: (share: number) => number) =>
    sheet.figure(name, units.tokensPerDay, formula, { input, share }, ({ input, share }) =>
      quantity(input * of(share), "token/day"),
    );
  const all = sheet.figure(
    "tokens a day",
    units.tokensPerDay,
    "input tokens a day + output tokens a day",
    { input, output },
    ({ input, output }) => add(input, output),
  );
  const cached = sharesOf("cached input tokens a day", "input tokens a day × cached share", (share) => share);
  const fresh = sharesOf(
    "uncached input tokens a day",
    "input tokens a day × (1 − cached share)",
    (share) => 1 - share,
  );
  return { input, output, cached, fresh, all };
}
