import { addFallbacks } from "./add-fallbacks.ts";
import { fieldsOf, isFields, numberOf, type Fields } from "./fields.ts";
import { Notes } from "./notes.ts";
import { ProviderBook, type NamedProvider } from "./provider-book.ts";
import { readProjects, type CloudProject } from "./read-accounts.ts";
import { readAliases } from "./read-aliases.ts";
import { readModels, type CloudModel } from "./read-models.ts";
import { adviceOf, hasAdvice, type Section } from "./settings.ts";
import { Variables, type NeededVariable } from "./variables.ts";

/** A cloud.yaml made of LiteLLM's configuration, and what became of each setting. */
export interface Converted {
  providers: readonly NamedProvider[];
  models: readonly CloudModel[];
  aliases: Readonly<Record<string, string>>;
  projects: readonly CloudProject[];
  variables: readonly NeededVariable[];
  notes: Notes;
}

/** Thrown for a document that is no configuration of LiteLLM's. */
export class NotLitellm extends Error {}

/** Makes a cloud.yaml of a parsed config.yaml of LiteLLM's proxy. Values of secrets are in no part of the result. */
export function convertLitellm(document: unknown): Converted {
  const fields = fieldsOf(document);
  if (!isFields(document) || !sectionNames.some((name) => Object.hasOwn(fields, name)))
    throw new NotLitellm("expected a config.yaml of LiteLLM's proxy, with a model_list; none of its sections is in it");
  const notes = new Notes();
  const [variables, providers] = [new Variables(), new ProviderBook()];
  const settings = fieldsOf(fields["litellm_settings"]);
  const router = fieldsOf(fields["router_settings"]);
  const timeoutS = numberOf(router["timeout"]) ?? numberOf(settings["request_timeout"]);
  if (timeoutS !== undefined)
    notes.add({ fate: "taken over", setting: "timeout, request_timeout", becomes: "timeouts.whole_ms", advice: "" });
  const models = readModels({ document: fields, providers, notes, variables, timeoutS });
  addFallbacks(models, fields, notes);
  const aliases = readAliases(fields, models, notes);
  const projects = readProjects(fields, notes);
  tellStrategy(router, notes);
  tellRest(fields, notes);
  return { providers: providers.all, models, aliases, projects, variables: variables.needed, notes };
}

const sectionNames = ["model_list", "router_settings", "litellm_settings", "general_settings"];

function tellStrategy({ routing_strategy: strategy }: Fields, notes: Notes): void {
  if (strategy === undefined) return;
  const setting = "router_settings.routing_strategy";
  if (strategy === "simple-shuffle")
    notes.add({ fate: "taken over", setting, becomes: "weight of targets", advice: "" });
  else
    notes.add({
      fate: "changed",
      setting,
      becomes: "priority and weight of targets",
      advice:
        "equal targets share the load by weight, a conversation stays where its prompt is cached, and one that fails rests",
    });
}

/** Settings that are read above. */
const known: Readonly<Record<string, ReadonlySet<string>>> = {
  router_settings: new Set([
    "fallbacks",
    "context_window_fallbacks",
    "default_fallbacks",
    "model_group_alias",
    "timeout",
    "routing_strategy",
  ]),
  litellm_settings: new Set([
    "fallbacks",
    "context_window_fallbacks",
    "default_fallbacks",
    "model_alias_map",
    "request_timeout",
    "max_budget",
    "budget_duration",
  ]),
  general_settings: new Set(),
};

const sectionOf: Readonly<Record<string, Section>> = {
  router_settings: "router",
  litellm_settings: "litellm",
  general_settings: "general",
};

/** Every setting that nothing was made of, a note each. */
function tellRest(fields: Fields, notes: Notes): void {
  for (const [name, section] of Object.entries(sectionOf))
    for (const setting of Object.keys(fieldsOf(fields[name])))
      if (known[name]?.has(setting) !== true)
        notes.add(
          { fate: "left out", setting: `${name}.${setting}`, becomes: "", advice: adviceOf(section, setting) },
          { kind: "file", name: "" },
        );
  for (const name of Object.keys(fields)) {
    if (Object.hasOwn(sectionOf, name) || readAtTop.has(name)) continue;
    const advice = hasAdvice("top", name) ? adviceOf("top", name) : "Sahab knows no such section of LiteLLM's file";
    notes.add({ fate: "left out", setting: name, becomes: "", advice }, { kind: "file", name: "" });
  }
}

const readAtTop: ReadonlySet<string> = new Set(["model_list", "credential_list", "teams", "keys"]);
