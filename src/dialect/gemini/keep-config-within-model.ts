import type { RewriteRules } from "../../call/index.ts";
import type { JsonScan } from "../json-scan.ts";
import { removeFields, type JsonEdit } from "../json-splice.ts";
import { reachesBeyond } from "../reaching-fields.ts";

/**
 * Adds the edits that take out of `generationConfig` what reaches beyond the model, such as `routingConfig`, which names
 * another one. Returns the paths of what was left out.
 */
export function keepConfigWithinModel(
  body: Uint8Array,
  config: JsonScan,
  edits: JsonEdit[],
  rules?: RewriteRules,
): string[] {
  const reaching = [...config.fields.keys()].filter((name) => reachesBeyond(name) && !rules?.passes.has(name));
  if (reaching.length === 0) return [];
  const fields = reaching.flatMap((name) => config.fields.get(name) ?? []);
  if (fields.length < config.fields.size) edits.push(...removeFields(body, fields));
  else {
    const [first] = fields.toSorted((a, b) => b.end - a.end);
    edits.push({ start: config.insertAt, end: first?.end ?? config.insertAt, text: "" });
  }
  return reaching.map((name) => `generationConfig.${name}`);
}
