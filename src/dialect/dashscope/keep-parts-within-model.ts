import type { RewriteRules } from "../../call/index.ts";
import { refuseHostedTools, type HostedTool } from "../hosted-tools.ts";
import type { JsonScan } from "../json-scan.ts";
import { setField, type JsonEdit } from "../json-splice.ts";
import { keepWithinModel } from "../keep-within-model.ts";
import type { OpenedBody } from "../open-body.ts";

interface Parts {
  input: JsonScan;
  parameters: JsonScan | undefined;
  hostedTools: readonly HostedTool[];
}

/**
 * Adds the edits that keep a request within its model: at the top level, and in the two objects that hold what other dialects
 * have there. Returns the paths of what was left out. Throws for hosted tools that reach further.
 */
export function keepPartsWithinModel(
  opened: OpenedBody,
  { input, parameters, hostedTools }: Parts,
  edits: JsonEdit[],
  rules: RewriteRules | undefined,
): string[] {
  const inner = { passes: rules?.passes ?? none };
  refuseHostedTools(hostedTools, inner.passes);
  const dropped = keepWithinModel(opened, [], edits, rules) ?? [];
  for (const [name, scan] of [
    ["input", input],
    ["parameters", parameters],
  ] as const) {
    if (!scan) continue;
    const own: JsonEdit[] = [];
    const left = keepWithinModel({ body: opened.body, scan }, [], own, inner) ?? [];
    if (left.length === 0) continue;
    dropped.push(...left.map((field) => `${name}.${field}`));
    // Taking fields out leaves at least one; an object of which nothing stays is written anew.
    edits.push(...(left.length === scan.fields.size ? [setField(opened.scan, name, "{}")] : own));
  }
  return dropped;
}

const none: ReadonlySet<string> = new Set();
