import { systemClock } from "../../base/clock.ts";
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
  type TokenPrices,
} from "../../planner/questions/index.ts";
import type { Given, Told, ToldRate } from "../../planner/sheet/index.ts";
import { CommandError } from "../command-error.ts";
import { findModel } from "./find-model.ts";
import { findPrices } from "./find-prices.ts";
import type { PlanDocument, Question } from "./plan-schema.ts";

/** What is meant where a plan does not say it. */
const usual = { model: "deepseek-v3", country: "US", hardware: "h100-sxm", currency: "USD", years: 3 };
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
 * What makes the plan of a document, anew at each call; `change` sets further assumptions in it. Throws a PlanFault or a CommandError where the
 * document names what is not known, or lacks what its question needs.
 */
export async function makePlan(
  question: Question,
  document: PlanDocument,
  change: (plan: Plan) => void = () => undefined,
): Promise<() => Plan> {
  const { servings, smaller, ...fleet } = await fleetOf(document);
  return bestPlan({ servings, smaller }, (serving) => {
    const draw = drawn[question]({ ...fleet, serving }, document);
    return () => {
      const plan = draw();
      for (const [name, told] of Object.entries(document.assumptions ?? {}))
        plan.sheet.set(name, told, told.source ?? "given");
      change(plan);
      return document.title === undefined ? plan : { ...plan, title: document.title };
    };
  });
}

type Draw = (fleet: FleetInput, document: PlanDocument) => () => Plan;

const drawn: Readonly<Record<Question, Draw>> = {
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
  demand(fleet, document) {
    const tokens = demandOf("demand", document);
    const prices = pricesOf(document);
    const rent = document.rent && { ...given(document.rent.nano), currency: document.rent.currency };
    return () => planDemand({ ...fleet, ...tokens, rent, prices });
  },
  "buy-or-own"(fleet, document) {
    const { inputTokens, outputTokens, cachedShare } = demandOf("buy-or-own", document);
    const prices = pricesOf(document);
    if (!prices)
      throw missing("buy-or-own", "buy", "the vendor's model, such as deepseek/deepseek-chat (--buy), or prices");
    const tokensPerDay = sumOf(inputTokens, outputTokens);
    return () => planBuyOrOwn({ ...fleet, tokensPerDay, cachedShare, prices });
  },
};

async function fleetOf(document: PlanDocument): Promise<Omit<FleetInput, "serving"> & ServingChoice> {
  const currency = document.currency ?? document.capital?.currency ?? usual.currency;
  const { country, hardware, model: named } = { ...usual, ...usualOf[currency], ...namedIn(document) };
  const model = await findModel(named);
  const accelerator = findAccelerator(hardware);
  const { demand, serving: own, precision } = document;
  const host = findHost(accelerator.id, document.node);
  const asked = { count: host.count, precision };
  const servings = own ? [givenServing(own, model, accelerator, asked)] : servingsOf(model, accelerator, asked);
  return {
    currency,
    accelerator,
    host,
    site: findSite(country),
    finance,
    rates: [...ratesOf(document), ...commonRates],
    servings,
    smaller: () => (own ? [] : smallerServingsOf(model, accelerator, asked, servings.at(-1)!)),
    outputShare: demand
      ? given(shareOf(demand.output.likely, demand.input.likely + demand.output.likely))
      : deepseekMix.outputShare,
  };
}

/** Speeds of a node that the document tells; as many nodes as hold the model at least. */
function givenServing(
  { prefill, decode, note = "speeds of a node are given" }: NonNullable<PlanDocument["serving"]>,
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
    cachedShare: 0,
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

function demandOf(question: Question, { demand, tokens_per_day: total }: PlanDocument) {
  if (demand) {
    const { input, cached, output } = demand;
    if (input.likely + output.likely === 0) throw noTokens(question);
    return {
      inputTokens: toldOf(input),
      cachedShare: cached ? given(shareOf(cached.likely, input.likely)) : given(0),
      outputTokens: toldOf(output),
    };
  }
  if (total === undefined)
    throw missing(
      question,
      "tokens_per_day",
      "tokens a day (--tokens-per-day), or input and output tokens (--input, --output)",
    );
  if (total === 0) throw noTokens(question);
  const outputTokens = Math.round(total * Number(deepseekMix.outputShare.likely));
  const source = `given: ${total} tokens a day; ${deepseekMix.outputShare.source}`;
  return {
    inputTokens: { ...given(total - outputTokens), source },
    outputTokens: { ...given(outputTokens), source },
    cachedShare: deepseekMix.cachedShare,
  };
}

function sumOf(one: Told, other: Told): Told {
  const sum = (end: "low" | "likely" | "high") => Number(one[end]) + Number(other[end]);
  return { low: sum("low"), likely: sum("likely"), high: sum("high"), source: one.source };
}

function pricesOf({ prices, buy }: PlanDocument): TokenPrices | undefined {
  if (!prices) return buy === undefined ? undefined : findPrices(buy, systemClock.now());
  const { currency, input, cached_input: cachedInput, output, source, date } = prices;
  return {
    currency,
    input,
    ...(cachedInput !== undefined && { cachedInput }),
    output,
    source: source ?? "given",
    date,
  };
}

function ratesOf({ rates = [] }: PlanDocument): ToldRate[] {
  return rates.map(({ from, to, rate }) => ({ from, to, ...toldOf(rate) }));
}

function shareOf(part: number, of: number): number {
  return of === 0 ? 0 : part / of;
}

function given(value: Given): Told {
  return { low: value, likely: value, high: value, source: "given" };
}

function toldOf(told: {
  low: Given;
  likely: Given;
  high: Given;
  source?: string | undefined;
  date?: string | undefined;
}): Told {
  return { ...told, source: told.source ?? "given" };
}

function missing(question: Question, field: string, what: string): CommandError {
  return new CommandError(`Cannot plan ${question}: ${field} is missing: ${what}`);
}

function noTokens(question: Question): CommandError {
  return new CommandError(`Cannot plan ${question}: found 0 tokens a day, allowed is more than 0`);
}
