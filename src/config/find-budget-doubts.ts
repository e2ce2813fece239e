import { limitNames } from "../base/name-limit.ts";
import { inOrder } from "../base/price-in-force.ts";
import { showList } from "../base/show-list.ts";
import { listOfBudgets } from "../ledger/index.ts";
import type { CloudConfig } from "./cloud-config.ts";
import { factsOfModel } from "./known-facts.ts";
import { listOfPrices } from "./price-schema.ts";
import { pricesOfTarget, type KnownPrices } from "./prices-of-target.ts";

/**
 * Projects whose hard budget is less than a single answer may cost whose client sets no bound: such a request is refused from the
 * beginning. One line for each project.
 */
export function findBudgetDoubts(config: CloudConfig, catalog: KnownPrices | undefined): string[] {
  const worst = worstAnswers(config, catalog);
  return config.projects.flatMap((project, index) => {
    const hard = listOfBudgets(project.budget).filter(({ soft }) => soft !== true);
    const amounts = [...hard.map(({ amount }) => Number(amount)), ...sessionOf(project.session_budget)];
    if (amounts.length === 0) return [];
    const least = Math.min(...amounts);
    const allowed = project.models && limitNames(project.models);
    const dear = worst.filter(
      ({ model, currency, perToken, tokens = project.output }) =>
        currency === project.currency && (tokens ?? 0) * perToken > least && (allowed?.includes(model) ?? true),
    );
    const [first] = dear;
    if (!first) return [];
    const tokens = first.tokens ?? project.output ?? 0;
    const cost = (tokens * first.perToken).toPrecision(3);
    return [
      `projects[${index}].budget: of project ${project.name} it is at most ${least} ${project.currency}, and an answer of ${first.model} may cost ${Number(cost)} ${project.currency} (${tokens} tokens, where the client sets no max_tokens), so that such requests are refused (402 budget_exceeded); raise it, or give the model a smaller output${dear.length > 1 ? `; the same holds for ${showList(dear.slice(1).map(({ model }) => model))}` : ""}`,
    ];
  });
}

const sessionOf = (amount: number | string | undefined): number[] => (amount === undefined ? [] : [Number(amount)]);

interface WorstAnswer {
  model: string;
  currency: string;
  perToken: number;
  /** Undefined where the model does not bound an answer: the project does. */
  tokens: number | undefined;
}

function worstAnswers(config: CloudConfig, catalog: KnownPrices | undefined): WorstAnswer[] {
  const declared = new Map(config.providers.map((provider) => [provider.name, provider]));
  return config.models.flatMap((model) => {
    const { charge } = model;
    const isOwn = charge !== undefined && !(typeof charge === "object" && "factor" in charge);
    const factor = typeof charge === "object" && "factor" in charge ? Number(charge.factor) : 1;
    const costs = (model.targets ?? []).map((target) =>
      pricesOfTarget(model, target, declared.get(target.provider), catalog),
    );
    const last = (isOwn ? [charge] : [...costs, model.price])
      .flatMap((prices) => inOrder(listOfPrices(prices)).slice(-1))
      .toSorted((a, b) => Number(b.output) - Number(a.output))[0];
    if (!last) return [];
    const tokens = factsOfModel(model, declared, catalog).outputTokensMax;
    return [{ model: model.name, currency: last.currency, perToken: (Number(last.output) * factor) / 1e6, tokens }];
  });
}
