import { askSimilar } from "../base/find-similar.ts";
import { showText } from "../base/printable.ts";
import { showList } from "../base/show-list.ts";
import { catalogPartOf, catalogPartsOf, findModel, mayBeOfEnvironment, vendorNames } from "../vendor/index.ts";
import { AliasTable } from "./alias-table.ts";
import { problemsMax, type CloudConfig } from "./cloud-config.ts";
import { name as nameSchema } from "./schema/names.ts";

/** What of a configuration names models. */
interface NamingParts {
  providers: readonly Pick<CloudConfig["providers"][number], "name" | "vendor" | "catalog">[];
  models: readonly { name: string }[];
  aliases?: Record<string, string> | undefined;
  projects: readonly (Limited & { models?: readonly string[] | undefined })[];
  organisations?: readonly Limited[] | undefined;
}

interface Limited {
  limits?: { models?: object | undefined } | undefined;
}

/**
 * The faults below in a document that cannot be parsed. Without this they would be told only once all others are mended. Where a provider
 * may have models that are not declared, nothing is said.
 */
export function findStrayModels(document: unknown): string[] {
  const { providers = [], models = [], aliases, projects, organisations } = recordOf(document);
  if (!Array.isArray(providers) || !Array.isArray(models)) return [];
  if (providers.some((one) => !["undefined", "false"].includes(String(recordOf(one)["catalog"])))) return [];
  const limitsOf = (entry: unknown) => ({
    limits: { models: recordOf(recordOf(recordOf(entry)["limits"])["models"]) },
  });
  const parts: NamingParts = {
    providers: [],
    // A wrong name is told at its own place, and may be a key that was pasted there.
    models: namesIn(models).flatMap((name) => (nameSchema.safeParse(name).success ? [{ name }] : [])),
    aliases: Object.fromEntries(Object.entries(recordOf(aliases)).filter(isTextPair)),
    projects: listOf(projects).map((entry) => ({
      ...limitsOf(entry),
      models: listOf(recordOf(entry)["models"]).map((model) => (typeof model === "string" ? model : "*")),
    })),
    organisations: listOf(organisations).map(limitsOf),
  };
  return [...findAliasFaults(parts), ...findUnknownModels(parts)];
}

const isTextPair = (pair: [string, unknown]): pair is [string, string] => typeof pair[1] === "string";
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
const namesIn = (entries: readonly unknown[]): string[] =>
  entries.map((entry) => recordOf(entry)["name"]).filter((name) => typeof name === "string");

/** Aliases of unknown models, aliases that form a circle, and aliases with the name of a model: one line each. */
export function findAliasFaults(config: NamingParts): string[] {
  const models = new Set(config.models.map(({ name }) => name));
  const isOffered = offeredNames(config);
  const table = new AliasTable(config.aliases);
  return Object.entries(config.aliases ?? {}).flatMap(([alias, target]) => {
    const place = `aliases.${alias}`;
    if (models.has(alias)) return [`${place}: a model has this name; choose another, or take the model away`];
    if (target.endsWith("*")) return [`${place}: expected the name of a model, found ${showText(target)}`];
    const { name, way, isCircle } = table.follow(alias, (at) => models.has(at));
    if (isCircle) return [`${place}: leads in a circle: ${way.map((at) => showText(at)).join(" → ")}`];
    if (models.has(name) || isOffered(name)) return [];
    return [`${place}: ${describeUnknown(name, config)}`];
  });
}

/** Names in the projects' lists of models, and in limits of models, that no model has. Patterns that end in `*` are not checked: their models may come later. */
export function findUnknownModels(config: NamingParts): string[] {
  const isKnown = knownNames(config);
  const faults: string[] = [];
  for (const [place, model] of namesOfModels(config)) {
    if (model.endsWith("*") || isKnown(model)) continue;
    faults.push(`${place}: ${describeUnknown(model, config)}`);
    // Looking for one takes a while, and no more are told.
    if (faults.length > problemsMax) return faults;
  }
  return faults;
}

function* namesOfModels(config: NamingParts): Generator<[place: string, model: string]> {
  for (const [index, { models, limits }] of config.projects.entries()) {
    for (const [at, model] of (models ?? []).entries()) yield [`projects[${index}].models[${at}]`, model];
    for (const model of Object.keys(limits?.models ?? {})) yield [`projects[${index}].limits.models`, model];
  }
  for (const [index, { limits }] of (config.organisations ?? []).entries())
    for (const model of Object.keys(limits?.models ?? {})) yield [`organisations[${index}].limits.models`, model];
}

/** Why a name of a model, or the beginning of names, leads to none; undefined where it may lead to some. */
export function findUnknownModel(config: NamingParts, name: string): string | undefined {
  return name.endsWith("*") || knownNames(config)(name) ? undefined : describeUnknown(name, config);
}

function knownNames(config: NamingParts): (name: string) => boolean {
  const names = new Set(config.models.map(({ name }) => name));
  const table = new AliasTable(config.aliases);
  const isOffered = offeredNames(config);
  return (name) => names.has(name) || table.of(name) !== undefined || isOffered(name);
}

function describeUnknown(name: string, { models, aliases }: NamingParts): string {
  const names = models.map((model) => model.name);
  const similar = askSimilar(name, [
    ...names,
    ...Object.keys(aliases ?? {}).filter((alias) => alias !== name && !alias.endsWith("*")),
  ]);
  return `${showText(name)} is not among the models (${showList(names) || "none are declared"})${similar}`;
}

/**
 * Whether a name can be one of the models that a provider has beside those that are declared. Which keys are in the environment
 * is not asked: that changes from start to start, and a configuration that was good must stay so.
 */
function offeredNames(config: NamingParts): (name: string) => boolean {
  const offers = config.providers.filter(({ catalog }) => catalog);
  const declared = new Set(config.providers.flatMap(({ name, vendor }) => [name, vendor]));
  const environment = vendorNames.filter((name) => mayBeOfEnvironment(name) && !declared.has(name));
  const prefixes = [...offers.map(({ name }) => name), ...environment];
  const parts = new Set([...offers.map(catalogPartOf), ...environment.flatMap(catalogPartsOf)]);
  const known = new Map<string, boolean>();
  return (name) => {
    let isOffered = known.get(name);
    if (isOffered === undefined) {
      isOffered =
        prefixes.some((prefix) => name.startsWith(`${prefix}/`)) ||
        [...parts].some((part) => findModel(part, name) !== undefined);
      known.set(name, isOffered);
    }
    return isOffered;
  };
}
