import { catalogPartOf, findModel, pricesOf } from "../../vendor/index.ts";
import { numberOf, textOf, type Fields } from "./fields.ts";
import { findTarget } from "./find-target.ts";
import { findPrice, type Price } from "./price-per-million.ts";
import type { ProviderBook } from "./provider-book.ts";
import { adviceOf, knownInfo, knownParams, shareFields } from "./settings.ts";
import type { Finding, FoundTarget } from "./target.ts";

/** One line of a model_list, as far as Sahab knows it. */
export interface Deployment {
  provider: string;
  target: FoundTarget;
  price: unknown;
  order: number | undefined;
  /** Its share of the load, and which setting says it. */
  share: number | undefined;
  sharedBy: string | undefined;
  /** Which limits of its own it has: rpm, tpm. */
  limits: readonly string[];
  context: number | undefined;
  output: number | undefined;
}

export interface DeploymentFields {
  params: Fields;
  info: Fields;
}

/** Reads one line of a model_list; undefined, and told, where it has no place in Sahab. */
export function readDeployment(
  { params, info }: DeploymentFields,
  providers: ProviderBook,
  finding: Finding,
): Deployment | undefined {
  const { notes, at } = finding;
  const target = findTarget(params, finding);
  if (target === undefined) return undefined;
  notes.add(
    { fate: "taken over", setting: "litellm_params.model", becomes: "a provider and a target", advice: "" },
    at,
  );
  const provider = providers.use(target.provider, target.named);
  tellOthers({ params, info }, finding);
  const sharedBy = shareFields.find((name) => numberOf(params[name]) !== undefined);
  return {
    provider: provider.name,
    target,
    price: readPrice({ params, info }, target, finding),
    order: numberOf(params["order"]),
    share: sharedBy === undefined ? undefined : numberOf(params[sharedBy]),
    sharedBy,
    limits: ["rpm", "tpm"].filter((name) => params[name] !== undefined),
    context: wholeOf(info["max_input_tokens"]),
    output: wholeOf(info["max_output_tokens"] ?? info["max_tokens"]),
  };
}

function wholeOf(value: unknown): number | undefined {
  const number = numberOf(value);
  return number !== undefined && Number.isInteger(number) && number > 0 && number <= 100_000_000 ? number : undefined;
}

/** What of a deployment has no counterpart, a note each. */
function tellOthers({ params, info }: DeploymentFields, { notes, at }: Finding): void {
  for (const name of Object.keys(params)) {
    if (knownParams.has(name) || /cost/.test(name)) continue;
    notes.add(
      { fate: "left out", setting: `litellm_params.${name}`, becomes: "", advice: adviceOf("params", name) },
      at,
    );
  }
  for (const name of Object.keys(info)) {
    if (knownInfo.has(name) || /cost|^supports_/.test(name)) continue;
    notes.add({ fate: "left out", setting: `model_info.${name}`, becomes: "", advice: adviceOf("info", name) }, at);
  }
  for (const name of ["max_input_tokens", "max_output_tokens", "max_tokens"])
    if (wholeOf(info[name]) !== undefined)
      notes.add(
        {
          fate: "taken over",
          setting: `model_info.${name}`,
          becomes: name === "max_input_tokens" ? "context" : "output",
          advice: "",
        },
        at,
      );
}

/** The price that is told, that of the base model, or free for a server of one's own; else the catalogue's, if it has one. */
function readPrice({ params, info }: DeploymentFields, target: FoundTarget, { notes, at }: Finding): unknown {
  const { price, taken, unknown, isOutputMissing } = findPrice({ ...info, ...withoutEmpty(params) });
  for (const name of unknown)
    notes.add({ fate: "left out", setting: name, becomes: "", advice: adviceOf("price", name) }, at);
  if (price !== undefined) {
    for (const setting of taken)
      notes.add({ fate: "taken over", setting, becomes: "price, per million tokens", advice: "" }, at);
    if (isOutputMissing)
      notes.add(
        {
          fate: "changed",
          setting: "output_cost_per_token",
          becomes: "output: 0",
          advice: "the file has no price of output, which LiteLLM takes for nothing",
        },
        at,
      );
    return price satisfies Price;
  }
  if (target.isOwn) {
    notes.add(
      {
        fate: "changed",
        setting: "input_cost_per_token",
        becomes: "price: free",
        advice: "LiteLLM counts nothing for it; give a price where its use is to be billed",
      },
      at,
    );
    return "free";
  }
  if (pricesKnown(target, target.model) !== undefined) return undefined;
  const base = textOf(info["base_model"])?.replace(/^[\w-]+\//, "");
  const known = base === undefined ? undefined : pricesKnown(target, base);
  if (known !== undefined) {
    notes.add(
      {
        fate: "changed",
        setting: "model_info.base_model",
        becomes: "price",
        advice: "Sahab's price of that model, as the name here is not one that it knows",
      },
      at,
    );
    return known;
  }
  if (target.model.includes("*")) return undefined;
  notes.add(
    {
      fate: "left out",
      setting: "input_cost_per_token",
      becomes: "",
      advice: "nobody told the price, and Sahab knows none: give price, or calls are refused (403 model_not_priced)",
    },
    at,
  );
  return undefined;
}

function pricesKnown({ provider }: FoundTarget, id: string): unknown {
  const model = findModel(catalogPartOf(provider), id);
  const prices = model === undefined ? [] : pricesOf(model);
  return prices.length > 1 ? prices : prices[0];
}

function withoutEmpty(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
}
