import { systemClock } from "../../base/clock.ts";
import { showList } from "../../base/show-list.ts";
import {
  atReactor,
  commonRates,
  finance,
  findAccelerator,
  findHost,
  findSite,
  reactorAvailabilityOf,
  type Accelerator,
  type ServingFigure,
} from "../../planner/data/index.ts";
import type { ModelProfile, Precision } from "../../planner/models/index.ts";
import {
  bestPlan,
  deepseekMix,
  leastGroup,
  planBuyOrOwn,
  planCapital,
  planDemand,
  planPower,
  servingsOf,
  smallerServingsOf,
  type FleetInput,
  type Plan,
  type ServingChoice,
} from "../../planner/questions/index.ts";
import { PlanFault, type Told, type ToldRate } from "../../planner/sheet/index.ts";
import { UsageError } from "../command-error.ts";
import { addCrossRates } from "./cross-rates.ts";
import { demandOf, expectDemand, type AskedDemand } from "./demand-of.ts";
import { fitAsked } from "./fit-asked.ts";
import { findModel } from "./find-model.ts";
import { findPrices, type FoundPrices } from "./find-prices.ts";
import type { ShownPlan } from "./plan-report.ts";
import { applyAssumptions } from "./settings.ts";
import { simulateAsked } from "./simulate-asked.ts";
import { given, missing, toldOf, usual } from "./told.ts";
import type { PlanDocument, Question } from "./plan-schema.ts";

/** Where an amount in a currency is most probably spent, and the accelerator with a published speed there. */
const usualOf: Readonly<Record<string, Partial<typeof usual>>> = {
  CNY: { country: "CN", hardware: "h800" },
  EUR: { country: "DE" },
  GBP: { country: "GB" },
  JPY: { country: "JP" },
  INR: { country: "IN" },
  SAR: { country: "SA" },
  AED: { country: "AE" },
};

/**
 * What makes the plan of a document, anew at each call; `change` sets further assumptions in it, which count in the choice of how to serve, and
 * `file` is named in errors. Throws a UsageError where the document lacks what its question needs, a CommandError for a file that cannot be used,
 * and a PlanFault where the answer is that it cannot be done.
 */
export async function makePlan(
  question: Question,
  document: PlanDocument,
  change: (plan: Plan) => void = () => undefined,
  file = "the plan",
): Promise<() => ShownPlan> {
  const changed = (draw: () => ShownPlan) => () => {
    const plan = draw();
    applyAssumptions(plan, document, file);
    change(plan);
    return document.title === undefined ? plan : { ...plan, title: document.title };
  };
  if (question === "fit") return changed(await fitAsked(document));
  if (question === "simulate") return changed(await simulateAsked(document));
  const demand = await demandOf(document);
  const { servings, smaller, ...fleet } = await fleetOf(document, demand);
  return bestPlan({ servings, smaller }, (serving) =>
    changed(drawn[question]({ ...fleet, serving }, document, demand)),
  );
}

/** Questions about a fleet of nodes and its money. */
type FleetQuestion = Exclude<Question, "fit" | "simulate">;

type Draw = (fleet: FleetInput, document: PlanDocument, demand: AskedDemand | undefined) => () => Plan;

const drawn: Readonly<Record<FleetQuestion, Draw>> = {
  capital(fleet, { capital, years }) {
    if (!capital) throw missing("capital", "capital", 'the amount, such as "380bn CNY"');
    const told = { ...given(capital.nano), currency: capital.currency };
    return () => planCapital({ ...fleet, capital: told, years: given(years ?? usual.years) });
  },
  power(fleet, { power, supply }) {
    if (power === undefined) throw missing("power", "power", 'the power, such as "1 GW"');
    const from =
      supply === "reactor"
        ? { site: atReactor(fleet.site), availability: reactorAvailabilityOf(fleet.site) }
        : { availability: given(1) };
    return () => planPower({ ...fleet, watts: given(power), ...from });
  },
  demand(fleet, document, demand) {
    const { notes, ...tokens } = expectDemand("demand", demand, fleet.serving.cachedShare);
    const prices = pricesOf(document);
    const rent = document.rent && { ...given(document.rent.nano), currency: document.rent.currency };
    return () => noted(planDemand({ ...fleet, ...tokens, rent, prices }), notes);
  },
  "buy-or-own"(fleet, document, demand) {
    const { inputTokens, outputTokens, notes } = expectDemand("buy-or-own", demand, fleet.serving.cachedShare);
    const own = fleet.serving.model;
    const prices = pricesOf(document, own);
    if (!prices)
      throw missing("buy-or-own", "buy", "the vendor's model, such as deepseek/deepseek-chat (--buy), or prices");
    const tokensPerDay = sumOf(inputTokens, outputTokens);
    const two = `Two models are compared: ${document.buy} is bought, ${own} runs on own nodes. Their names differ, so the quality of their answers may differ, too.`;
    const told = prices.isOther ? [two, ...notes] : notes;
    return () => noted(planBuyOrOwn({ ...fleet, tokensPerDay, prices }), told);
  },
};

async function fleetOf(
  document: PlanDocument,
  demand: AskedDemand | undefined,
): Promise<Omit<FleetInput, "serving"> & ServingChoice> {
  const currency = document.currency ?? document.capital?.currency ?? usual.currency;
  const rates = addCrossRates(ratesOf(document));
  const { capital, rent, prices } = document;
  for (const one of [currency, capital?.currency, rent?.currency, prices?.currency])
    if (one !== undefined) expectRate(one, currency, rates);
  const { country, hardware, model: named } = { ...usual, ...usualOf[currency], ...namedIn(document) };
  const model = await findModel(named);
  const accelerator = findAccelerator(hardware);
  const { serving: own, precision } = document;
  const host = hostOf(accelerator.id, document.node);
  const { outputShare, cachedShare } = demand ?? deepseekMix;
  const asked = { count: host.count, precision };
  const servings = own ? [givenServing(own, model, accelerator, asked)] : servingsOf(model, accelerator, asked);
  return {
    currency,
    accelerator,
    host,
    site: findSite(country),
    finance,
    rates,
    servings,
    smaller: () => (own ? [] : smallerServingsOf(model, accelerator, asked, servings.at(-1)!)),
    outputShare,
    cachedShare,
  };
}

function hostOf(accelerator: string, count: number | undefined) {
  try {
    return findHost(accelerator, count);
  } catch (cause) {
    throw cause instanceof PlanFault ? new UsageError(`--node: ${cause.message}`, { cause }) : cause;
  }
}

/** Speeds of a node that the document tells; as many nodes as hold the model at least. */
function givenServing(
  {
    prefill,
    decode,
    note = "speeds of a node are given",
    cached_share: cachedShare,
  }: NonNullable<PlanDocument["serving"]>,
  model: ModelProfile,
  accelerator: Accelerator,
  { count, precision = model.precision }: { count: number; precision?: Precision | undefined },
): ServingFigure {
  return {
    id: "given",
    model: model.name,
    accelerator: accelerator.id,
    count,
    precision,
    group: leastGroup(model, accelerator, { node: count, precision }),
    prefill: toldOf(prefill),
    decode: toldOf(decode),
    cachedShare,
    note,
  };
}

/** What the document names of where and on what. */
function namedIn({ country, hardware, model }: PlanDocument): Partial<typeof usual> {
  return {
    ...(country !== undefined && { country }),
    ...(hardware !== undefined && { hardware }),
    ...(model !== undefined && { model }),
  };
}

function noted(plan: Plan, notes: readonly string[]): Plan {
  return { ...plan, notes: [...notes, ...plan.notes] };
}

function sumOf(one: Told, other: Told): Told {
  const sum = (end: "low" | "likely" | "high") => Number(one[end]) + Number(other[end]);
  return { low: sum("low"), likely: sum("likely"), high: sum("high"), source: one.source };
}

/** Those that the document tells, or of the vendor's model that it names, as compared with the model `own`. */
function pricesOf({ prices, buy }: PlanDocument, own?: string): FoundPrices | undefined {
  if (!prices) return buy === undefined ? undefined : findPrices(buy, systemClock.now(), own);
  const { currency, input, cached_input: cachedInput, output, source, date } = prices;
  return {
    isOther: false,
    currency,
    input,
    ...(cachedInput !== undefined && { cachedInput }),
    output,
    source: source ?? "given",
    date,
  };
}

/** Those that the document declares, then those that come with Sahab. */
export function ratesOf({ rates = [] }: PlanDocument): ToldRate[] {
  return [...rates.map(({ from, to, rate }) => ({ from, to, ...toldOf(rate) })), ...commonRates];
}

/** Data are in dollars for the most part. */
function expectRate(currency: string, into: string, rates: readonly ToldRate[]): void {
  const leads = (from: string, to: string) =>
    from === to ||
    rates.some((rate) => (rate.from === from && rate.to === to) || (rate.from === to && rate.to === from));
  if (leads(currency, into) && leads("USD", into)) return;
  const known = [...new Set(rates.flatMap(({ from, to }) => [from, to]))].toSorted();
  throw new UsageError(
    `Cannot plan in ${into} with ${leads("USD", into) ? currency : "USD"}: no exchange rate leads from one to the other; allowed are ${showList(known, 20)}, and others with rates in a plan.yaml`,
  );
}
