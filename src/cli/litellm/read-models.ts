import { isDeepStrictEqual } from "node:util";
import { modelsOf, catalogPartOf } from "../../vendor/index.ts";
import { fieldsOf, isFields, listOf, namesOf, textOf, type Fields } from "./fields.ts";
import { findRanks, findWeights } from "./find-shares.ts";
import { findTarget } from "./find-target.ts";
import type { Notes } from "./notes.ts";
import type { ProviderBook } from "./provider-book.ts";
import { readDeployment, type Deployment, type DeploymentFields } from "./read-deployment.ts";
import { adviceOf } from "./settings.ts";
import type { Finding } from "./target.ts";
import { toName } from "./to-name.ts";
import type { Variables } from "./variables.ts";

/** A target as a cloud.yaml has it. */
export interface CloudTarget {
  provider: string;
  model: string;
  priority?: number;
  weight?: number;
  api?: string;
  price?: unknown;
}

export interface CloudModel {
  name: string;
  context?: number;
  output?: number;
  targets: CloudTarget[];
  price?: unknown;
}

interface Reading {
  document: Fields;
  providers: ProviderBook;
  notes: Notes;
  variables: Variables;
  timeoutS: number | undefined;
}

/** The models of a model_list: one for each model_name, with all of its deployments as targets. */
export function readModels(reading: Reading): CloudModel[] {
  const { document, notes } = reading;
  const credentials = new Map(
    listOf(document["credential_list"]).flatMap((item): [string, Fields][] => {
      const { credential_name: name, credential_values: values } = fieldsOf(item);
      return textOf(name) === undefined ? [] : [[textOf(name) ?? "", fieldsOf(values)]];
    }),
  );
  const groups = new Map<string, DeploymentFields[]>();
  for (const item of listOf(document["model_list"])) {
    const { model_name: given, litellm_params: own, model_info: info } = fieldsOf(item);
    const name = textOf(given);
    const params = { ...credentials.get(textOf(fieldsOf(own)["litellm_credential_name"]) ?? ""), ...fieldsOf(own) };
    if (name === undefined) {
      notes.add({ fate: "left out", setting: "model_list", becomes: "", advice: "an entry without model_name" });
      continue;
    }
    groups.set(name, [...(groups.get(name) ?? []), { params, info: fieldsOf(info) }]);
  }
  // Names of providers that clients write before the slash come before those that are made up.
  for (const [name, all] of groups) if (name.includes("*")) readWildcard(name, all, reading);
  const plain = [...groups].filter(([name]) => !name.includes("*"));
  const taken = new Set<string>();
  return plain.flatMap(([given, all]) => readModel(toName(given, taken, notes), all, reading) ?? []);
}

function readModel(name: string, all: readonly DeploymentFields[], reading: Reading): CloudModel | undefined {
  const finding: Finding = { ...reading, at: { kind: "model", name } };
  const found = all.flatMap((fields) => readDeployment(fields, reading.providers, finding) ?? []);
  if (found.length === 0) return undefined;
  const ranks = findRanks(found);
  const { weights, fields } = findWeights(found);
  if (found.some(({ order }) => order !== undefined))
    finding.notes.add(
      { fate: "taken over", setting: "litellm_params.order", becomes: "priority", advice: "" },
      finding.at,
    );
  if (fields.has("weight"))
    finding.notes.add(
      { fate: "taken over", setting: "litellm_params.weight", becomes: "weight", advice: "" },
      finding.at,
    );
  for (const limit of new Set(found.flatMap(({ limits }) => limits))) {
    const setting = `litellm_params.${limit}`;
    const advice = adviceOf("params", limit);
    finding.notes.add(
      fields.has(limit)
        ? { fate: "changed", setting, becomes: "weight", advice: `the shares alone: ${advice}` }
        : { fate: "left out", setting, becomes: "", advice },
      finding.at,
    );
  }
  const prices = found.map(({ price }) => price);
  const isOnePrice = prices.every((price) => isDeepStrictEqual(price, prices[0]));
  const [context, output] = [least(found, "context"), least(found, "output")];
  const targets = found.map(({ provider, target, price }, index): CloudTarget => {
    const [priority, weight] = [ranks[index] ?? 1, weights[index]];
    return {
      provider,
      model: target.model,
      ...(priority !== 1 && { priority }),
      ...(weight !== undefined && { weight }),
      ...(target.api !== undefined && { api: target.api }),
      ...(!isOnePrice && price !== undefined && { price }),
    };
  });
  return {
    name,
    ...(context !== undefined && { context }),
    ...(output !== undefined && { output }),
    targets,
    ...(isOnePrice && prices[0] !== undefined && { price: prices[0] }),
  };
}

/** What all of them take, where each says it. */
function least(found: readonly Deployment[], name: "context" | "output"): number | undefined {
  const values = found.map((deployment) => deployment[name]);
  return values.every((value) => value !== undefined) ? Math.min(...values.map(Number)) : undefined;
}

/** `openai/*` is a provider of that name that offers all models of its vendor that Sahab knows. */
function readWildcard(name: string, all: readonly DeploymentFields[], reading: Reading): void {
  const { notes, providers } = reading;
  const setting = `model_list: ${name}`;
  const before = /^([A-Za-z0-9][\w.-]*)\/\*$/.exec(name)?.[1];
  const finding: Finding = { ...reading, at: { kind: "provider", name: before ?? "" } };
  for (const { params } of all) {
    if (textOf(params["model"]) === "*") {
      const advice = "say which vendors are meant: a provider with catalog: true for each";
      notes.add({ fate: "left out", setting, becomes: "", advice });
      continue;
    }
    const target = findTarget(params, finding);
    if (target === undefined) continue;
    const known = modelsOf(catalogPartOf(target.provider)).length > 0;
    const provider = providers.use(target.provider, before ?? target.named);
    if (!known) {
      const advice = "Sahab knows no list of its models: name each that is to be called as a model with a price";
      notes.add({ fate: "left out", setting, becomes: "", advice }, { kind: "provider", name: provider.name });
      continue;
    }
    provider.catalog = true;
    const advice = `the models that Sahab knows with their prices, as ${provider.name}/ID; others need an entry with a price`;
    notes.add({ fate: "changed", setting, becomes: `provider ${provider.name}, catalog: true`, advice });
  }
}

/** Lists of fallbacks by what is asked first: `[{ "a": ["b", "c"] }]`. */
export function readFallbacks(value: unknown): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const item of Array.isArray(value) ? value : [value])
    if (isFields(item)) for (const [from, to] of Object.entries(item)) found.set(from, namesOf(to));
  return found;
}
