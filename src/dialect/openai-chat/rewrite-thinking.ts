import { Dropped, type RewriteRules } from "../../call/index.ts";
import { readString, type JsonScan } from "../json-scan.ts";
import { encodeThinkingFields, thinkingFieldsOf } from "../thinking-fields.ts";

/**
 * The rules with what a client says by `reasoning_effort` in the vendor's own fields, where it has such. A client that knows
 * those and sends one has said it already. `left` is what was not carried.
 */
export function rewriteThinking(
  { body, scan }: { body: Uint8Array; scan: JsonScan },
  model: string,
  rules: RewriteRules,
): { rules: RewriteRules; left: readonly string[] } {
  const { thinking, shape } = rules;
  const fields = thinking && thinkingFieldsOf(thinking, model);
  const given = scan.fields.get(effortField);
  // What is no text is the vendor's to judge.
  if (
    !fields ||
    !given ||
    body[given.start] !== quote ||
    hasOwn(scan, fields.field) ||
    hasOwn(scan, fields.budgetField)
  )
    return { rules, left: none };
  const effort = readString(body, scan, effortField);
  if (effort === undefined) return { rules, left: none };
  const dropped = new Dropped();
  const encoded = encodeThinkingFields({ reasoning: { effort } }, { model, fields }, dropped);
  const set = Object.entries(encoded).map(([name, value]) => [name, JSON.stringify(value)]);
  const without = effortField in encoded ? [] : [effortField];
  return {
    rules: {
      ...rules,
      shape: {
        ...shape,
        with: { ...shape?.with, ...Object.fromEntries(set) },
        without: [...(shape?.without ?? []), ...without],
      },
    },
    left: Object.keys(encoded).length === 0 ? [effortField] : dropped.list,
  };
}

const quote = 0x22;
const effortField = "reasoning_effort";
const none: readonly string[] = [];

/** Whether a field of the top level is there. */
function hasOwn({ fields }: JsonScan, path: string | undefined): boolean {
  return path !== undefined && fields.has(path.split(".", 1)[0] ?? path);
}
