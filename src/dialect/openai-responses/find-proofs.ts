import { proofKey, type ClientProof } from "../../call/index.ts";
import { asBuffer } from "../json-scan.ts";
import { removeFields } from "../json-splice.ts";
import { placesIn } from "../leave-out.ts";
import { isSaid, listItems, textField, type ListItem } from "../list-items.ts";
import type { OpenedBody } from "../open-body.ts";
import { proofsInField } from "../proof-keys.ts";

const encryptedField = "encrypted_content";

export const proofKeysIn = proofsInField(encryptedField);

/**
 * The items of reasoning with encrypted content. What follows such an item goes without its id, by which a vendor may look for the
 * item that it came with. Of input that is no JSON nothing is found.
 */
export function findProofs({ body, scan }: OpenedBody): ClientProof[] {
  const field = scan.fields.get("input");
  if (!field?.elements || !asBuffer(body).subarray(field.start, field.end).includes(encryptedField)) return [];
  try {
    const items = listItems(body, field);
    const places = placesIn(items, field);
    const proofs: ClientProof[] = [];
    /** The proof that the present item came with. */
    let last: ClientProof | undefined;
    for (const [index, item] of items.entries()) {
      const type = textField(item, "type") ?? "message";
      if (type === "reasoning" && isSaid(item, encryptedField)) {
        last = { key: keyOf(item), path: `input[${index}]`, element: places[index], edits: [] };
        proofs.push(last);
      } else if (last && isOfModel(item, type)) last.edits = [...last.edits, ...withoutId(item)];
      else if (type === "message" || type.endsWith("_output")) last = undefined;
    }
    return proofs;
  } catch {
    return [];
  }
}

function keyOf({ body, scan }: ListItem): string {
  const at = scan.fields.get(encryptedField);
  const value: unknown = at && JSON.parse(asBuffer(body).toString("utf8", at.start, at.end));
  return proofKey(typeof value === "string" ? value : "");
}

/** Items that need no id. */
function isOfModel(item: ListItem, type: string): boolean {
  if (type === "message") return textField(item, "role") === "assistant";
  return type === "function_call" || type === "custom_tool_call";
}

function withoutId({ body, scan }: ListItem) {
  const id = scan.fields.get("id");
  return id ? removeFields(body, [id]) : [];
}
