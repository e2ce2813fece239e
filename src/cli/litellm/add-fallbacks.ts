import type { Fields } from "./fields.ts";
import { fieldsOf, namesOf } from "./fields.ts";
import type { Notes } from "./notes.ts";
import { readFallbacks, type CloudModel, type CloudTarget } from "./read-models.ts";

/** Most targets of a model. */
const targetsMax = 64;
const priorityMax = 100;

/** Fallbacks of one model to others become targets of its own, of later priorities. */
export function addFallbacks(models: readonly CloudModel[], document: Fields, notes: Notes): void {
  const own = new Map(
    models.map(({ name, targets, price }): [string, CloudTarget[]] => [name, priced(targets, price)]),
  );
  const sections = ["router_settings", "litellm_settings"].map((name) => fieldsOf(document[name]));
  const listsOf = (setting: string) => sections.map((section) => readFallbacks(section[setting]));
  const [usual, forLong] = [listsOf("fallbacks"), listsOf("context_window_fallbacks")];
  const byDefault = sections.flatMap((section) => namesOf(section["default_fallbacks"] ?? []));
  for (const model of models) {
    const at = { kind: "model", name: model.name } as const;
    const given = usual.flatMap((list) => list.get(model.name) ?? list.get("*") ?? []);
    const named: [string, string[]][] = [
      ["fallbacks", given],
      ["context_window_fallbacks", forLong.flatMap((list) => list.get(model.name) ?? [])],
      ["default_fallbacks", given.length > 0 || !writesText(model) ? [] : byDefault],
    ];
    const used = new Set([model.name]);
    for (const [setting, names] of named) {
      for (const name of names) {
        if (used.has(name)) continue;
        used.add(name);
        const targets = own.get(name);
        const isFull = targets === undefined ? false : !append(model, targets);
        if (targets !== undefined && !isFull) {
          const more = setting === "context_window_fallbacks" ? ", also where others fail" : "";
          const advice = `the targets of ${name} are tried after its own${more}; the answer names the model that served`;
          notes.add({ fate: "changed", setting, becomes: "targets of a later priority", advice }, at);
        } else {
          const advice = isFull ? `more than ${targetsMax} targets` : "it leads to a name that is no model of the file";
          notes.add({ fate: "left out", setting, becomes: "", advice }, at);
        }
      }
    }
  }
}

/** By the names of its targets: what falls back to a chat model must be one. */
function writesText({ targets }: CloudModel): boolean {
  return !targets.some(({ model }) => /embed|rerank|whisper|transcri|tts|speech|dall-e|image|moderation/i.test(model));
}

/** Targets with the price of their model, so that they keep it elsewhere. */
function priced(targets: readonly CloudTarget[], price: unknown): CloudTarget[] {
  return targets.map((target) => ({ ...target, ...(price !== undefined && { price }) }));
}

/** False, and nothing is changed, where there is no room. */
function append(model: CloudModel, targets: readonly CloudTarget[]): boolean {
  const after = Math.max(...model.targets.map(({ priority = 1 }) => priority));
  const added = targets.map((target) => ({ ...target, priority: after + (target.priority ?? 1) }));
  const isRoom = added.every(({ priority }) => priority <= priorityMax);
  if (!isRoom || model.targets.length + added.length > targetsMax) return false;
  model.targets = priced(model.targets, model.price);
  delete model.price;
  model.targets.push(...added);
  return true;
}
