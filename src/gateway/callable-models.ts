import { SahabError } from "../base/errors.ts";
import { askSimilar } from "../base/find-similar.ts";
import { escapeUnprintable } from "../base/printable.ts";
import { showList } from "../base/show-list.ts";
import { localProvider, type ModelEntry, type Snapshot } from "../config/index.ts";
import type { ListedModel } from "../dialect/dialect.ts";
import type { Caller } from "../ledger/index.ts";
import { listedPriceOf } from "./listed-price.ts";

/**
 * The model that a caller asks for, if it may. Throws SahabErrors that name what it may ask for instead.
 * The exchange is told before, so that its record says what was asked for also where the request is refused.
 */
export function findModel(
  snapshot: Snapshot,
  caller: Caller,
  name: string,
  exchange?: { noteModel(model: ModelEntry | undefined, asked: string): void },
): ModelEntry {
  const model = lookUpModel(snapshot, name);
  exchange?.noteModel(model, name);
  if (!model) throw unknownModel(snapshot, caller, name);
  if (!mayCallModel(snapshot, caller, name, model)) {
    const { project, models } = caller;
    const message =
      models && !includesModel(models, snapshot, name, model)
        ? `This key may not call model "${name}"; it may call: ${showList(models.patterns)}`
        : `Project ${project} may not call model "${name}"; ask an administrator to add it to the project's models`;
    throw new SahabError("model_not_allowed", message, { param: "model" });
  }
  return model;
}

/** The name of the only local model that a caller may ask for, for requests that need not name it. Throws `invalid_request` where there is no such one. */
export function soleLocalModel(snapshot: Snapshot, caller: Caller): string {
  const names: string[] = [];
  for (const [name, model] of snapshot.models)
    if (model.targets.some(({ provider }) => provider === localProvider) && mayCallModel(snapshot, caller, name, model))
      names.push(name);
  const [name] = names;
  if (name !== undefined && names.length === 1) return name;
  throw new SahabError(
    "invalid_request",
    `model: expected one of the local models, found nothing; available: ${showList(names) || "none"}`,
    { param: "model" },
  );
}

/** Throws `forbidden` for a key that may call no model at all. */
export function mayCallModels(caller: Caller): Caller {
  if (caller.role !== "metrics") return caller;
  throw new SahabError(
    "forbidden",
    "This key may read /metrics, and call no models; whoever runs this Sahab makes one that may (sahab key create NAME)",
  );
}

export function mayCall(snapshot: Snapshot, caller: Caller, name: string): boolean {
  return mayCallModel(snapshot, caller, name, lookUpModel(snapshot, name));
}

/** All names that a caller may ask for; models without a price are left out. */
export function listModels(snapshot: Snapshot, caller: Caller, startedS: number): ListedModel[] {
  const listed: ListedModel[] = [];
  for (const [name, model] of snapshot.models)
    if (isPriced(model) && mayCallModel(snapshot, caller, name, model)) listed.push(describe(name, model, startedS));
  return listed;
}

/** The same for one of them, or one that is not listed. */
export function showModel(snapshot: Snapshot, caller: Caller, name: string, startedS: number): ListedModel {
  return describe(name, findModel(snapshot, caller, name), startedS);
}

/** The model of a name, whoever may call it. */
function lookUpModel({ models, names }: Snapshot, name: string): ModelEntry | undefined {
  return models.get(name) ?? names?.find(name);
}

function unknownModel(snapshot: Snapshot, caller: Caller, name: string): SahabError {
  const shown = `Model "${escapeUnprintable(name.slice(0, 100))}"`;
  const full = (snapshot.names?.candidates(name) ?? []).filter((candidate) => mayCall(snapshot, caller, candidate));
  if (full.length > 1)
    return new SahabError(
      "model_not_found",
      `${shown} is at several providers here, so the full name is needed: ${showList(full)}`,
      { param: "model" },
    );
  const names: string[] = [];
  for (const [known, model] of snapshot.models)
    if (isPriced(model) && mayCallModel(snapshot, caller, known, model)) names.push(known);
  const similar = askSimilar(name, names.slice(0, comparedMax));
  return new SahabError(
    "model_not_found",
    `${shown} is not known here${describeUnpriced(snapshot, caller, name)}; available: ${showList(names) || "none"}${similar}`,
    {
      param: "model",
    },
  );
}

/** Of a provider that is there while its model is not. Only those are told who may call all models. */
function describeUnpriced({ providers, projects }: Snapshot, caller: Caller, name: string): string {
  const provider = name.slice(0, Math.max(0, name.indexOf("/")));
  const isFree = caller.role === "admin" || (!caller.models && projects.get(caller.project) === null);
  if (!isFree || !providers?.has(provider)) return "";
  return ` (provider ${provider} is, and the price of this model at it is not: an administrator can add it as a model with a price)`;
}

/** Requests are served on the same thread. */
const comparedMax = 200;

/** Whether anybody knows what it costs at any of its providers. */
export function isPriced({ unpriced = [], targets }: ModelEntry): boolean {
  return unpriced.length === 0 || targets.length > 0;
}

function mayCallModel(snapshot: Snapshot, caller: Caller, name: string, model: ModelEntry | undefined): boolean {
  if (caller.models && !includesModel(caller.models, snapshot, name, model)) return false;
  if (caller.role === "admin") return true;
  const allowed = snapshot.projects.get(caller.project);
  return allowed === null || (allowed !== undefined && includesModel(allowed, snapshot, name, model));
}

/**
 * Whether a list of names has a model: by its own name, by its bare one, or as it was asked for. The last does not count for a
 * name with a slash that is no alias: a provider may call a model like another provider's, and `deepseek/*` means that one's.
 */
function includesModel(
  list: { includes(name: string): boolean },
  { names }: Snapshot,
  asked: string,
  model: ModelEntry | undefined,
): boolean {
  if (!model) return list.includes(asked);
  if (list.includes(model.name)) return true;
  if (model.bareName !== undefined && !model.bareName.includes("/") && list.includes(model.bareName)) return true;
  return asked !== model.name && (!asked.includes("/") || names?.isAlias(asked) === true) && list.includes(asked);
}

function describe(id: string, model: ModelEntry, startedS: number): ListedModel {
  const { facts = {} } = model;
  // Models have no date of their own where nobody knows it, and clients expect one.
  const releasedS = facts.released === undefined ? Number.NaN : Date.parse(facts.released) / 1000;
  const [local, ...others] = model.owner === undefined ? model.targets : [];
  return {
    ...facts,
    // Of a local model its engine knows.
    ...(local && others.length === 0 && local.upstream.mayReason?.() && { thinks: true }),
    id,
    ownedBy: model.owner ?? ownerOf(model),
    createdS: Number.isFinite(releasedS) ? releasedS : startedS,
    price: listedPriceOf(model, Date.now()),
  };
}

function ownerOf({ targets, unpriced }: ModelEntry): string {
  const provider = targets[0]?.provider ?? unpriced?.[0];
  return provider === undefined || provider === localProvider ? "sahab" : provider;
}
