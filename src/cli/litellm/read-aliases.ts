import { fieldsOf, textOf, type Fields } from "./fields.ts";
import type { Notes } from "./notes.ts";
import type { CloudModel } from "./read-models.ts";

/** `model_group_alias` of the router and `model_alias_map` become aliases. */
export function readAliases(document: Fields, models: readonly CloudModel[], notes: Notes): Record<string, string> {
  const names = new Set(models.map(({ name }) => name));
  const aliases: Record<string, string> = {};
  const found: [string, unknown][] = [
    ["model_group_alias", fieldsOf(document["router_settings"])["model_group_alias"]],
    ["model_alias_map", fieldsOf(document["litellm_settings"])["model_alias_map"]],
  ];
  for (const [setting, value] of found) {
    for (const [alias, target] of Object.entries(fieldsOf(value))) {
      const to = textOf(target) ?? textOf(fieldsOf(target)["model"]);
      const why = findFault(alias, to, names);
      if (why !== undefined || to === undefined) {
        notes.add({ fate: "left out", setting, becomes: "", advice: why ?? "it leads nowhere" });
        continue;
      }
      aliases[alias] = to;
      notes.add({ fate: "taken over", setting, becomes: "aliases", advice: "" });
      if (fieldsOf(target)["hidden"] === true)
        notes.add({ fate: "changed", setting, becomes: "aliases", advice: "hidden ones are listed here as well" });
    }
  }
  return aliases;
}

function findFault(alias: string, to: string | undefined, names: ReadonlySet<string>): string | undefined {
  if (to === undefined || !names.has(to)) return `an alias that leads to no model of the file: name one by hand`;
  if (names.has(alias)) return `an alias with the name of a model: the model's own targets serve it`;
  if (!/^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}\*?$/.test(alias))
    return "letters, digits and . _ : / @ - are allowed in aliases, with a * at the end";
  return undefined;
}
