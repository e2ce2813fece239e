import { missingProof, type ClientProof } from "../../call/index.ts";
import { asBuffer, type JsonField, type JsonScan } from "../json-scan.ts";
import type { JsonEdit } from "../json-splice.ts";
import { placesIn } from "../leave-out.ts";
import { jsonOf, listItems, textField, type ListItem } from "../list-items.ts";
import type { OpenedBody } from "../open-body.ts";
import { isObject } from "../read.ts";
import { parseJson } from "../vendor-error.ts";
import { compactedTypes, mark, readSummaryItem } from "./summary-item.ts";

/** The item by which Codex asks that its conversation be made shorter, in place of `/responses/compact`. */
export const triggerType = "compaction_trigger";

/** Whether the input asks to be made shorter. A native search shows that most do not. */
export function hasTrigger(opened: OpenedBody): boolean {
  return itemsWith(opened, triggerType).some(isTrigger);
}

/** The items that ask so, to be left out for a vendor that does not know them. */
export function findTriggers(opened: OpenedBody): ClientProof[] {
  const items = itemsWith(opened, triggerType);
  const places = placesIn(items, opened.scan.fields.get("input") as JsonField);
  return items.flatMap((item, index): ClientProof[] =>
    isTrigger(item) ? [{ key: missingProof, path: `input[${index}]`, element: places[index], edits: [] }] : [],
  );
}

/** The edits that give vendors of this dialect Sahab's own summaries as messages, since they could not decrypt them. */
export function spellOutSummaries(opened: OpenedBody): JsonEdit[] {
  return itemsWith(opened, mark).flatMap((item): JsonEdit[] => {
    if (!compactedTypes.has(textField(item, "type"))) return [];
    const parsed = parseJson(jsonOf(item));
    const text = isObject(parsed) ? readSummaryItem(parsed) : undefined;
    if (text === undefined) return [];
    return [{ start: item.start, end: item.end, text: JSON.stringify({ role: "user", content: text }) }];
  });
}

function isTrigger(item: ListItem): boolean {
  return textField(item, "type") === triggerType;
}

/** The items of an input in which a text occurs; none where it does not, or where one of them is no object. */
function itemsWith({ body, scan }: { body: Uint8Array; scan: JsonScan }, text: string): ListItem[] {
  const input = scan.fields.get("input");
  if (!input?.elements || !asBuffer(body).subarray(input.start, input.end).includes(text)) return [];
  try {
    return listItems(body, input);
  } catch {
    return [];
  }
}
