import { Dropped, type TurnChanges, type TurnShape } from "../../call/index.ts";
import { CallIds, fixedId } from "../call-ids.ts";
import { asBuffer, type JsonField } from "../json-scan.ts";
import { removeFields, renameField, type JsonEdit } from "../json-splice.ts";
import { isSaid, listItems, textField, type ListItem } from "../list-items.ts";
import type { OpenedBody } from "../open-body.ts";

/**
 * What makes the turns of a chat fit for a vendor that refuses fields and ids of others. Messages are scanned, and none is parsed. Of
 * messages that are no JSON nothing is found: they are the vendor's to judge.
 */
export function fitTurns({ body, scan }: OpenedBody, { callIdChars, fields = {} }: TurnShape): TurnChanges {
  const messages = scan.fields.get("messages");
  const bytes = asBuffer(body);
  const isIn = (key: string) => messages !== undefined && bytes.indexOf(`"${key}"`, messages.start) !== -1;
  // Most requests have none of it, which a native search shows.
  const renamed = Object.entries(fields).filter(([name]) => isIn(name));
  const callIds =
    callIdChars !== undefined && (isIn("tool_calls") || isIn("tool_call_id"))
      ? new CallIds((id) => fixedId(id, callIdChars))
      : undefined;
  if (renamed.length === 0 && !callIds) return none;
  const edits: JsonEdit[] = [];
  const dropped = new Dropped();
  try {
    for (const turn of listItems(body, messages)) {
      const isAssistant = textField(turn, "role") === "assistant";
      if (isAssistant) fitFields(turn, renamed, edits, dropped);
      if (!callIds) continue;
      if (isAssistant) callIds.beginTurn();
      fitIds(turn, callIds, edits);
    }
  } catch {
    return none;
  }
  return { edits, dropped: dropped.list };
}

const none: TurnChanges = { edits: [], dropped: [] };

function fitFields(
  turn: ListItem,
  renamed: readonly (readonly [string, string | null])[],
  edits: JsonEdit[],
  dropped: Dropped,
): void {
  const { fields } = turn.scan;
  const removed: JsonField[] = [];
  let named: ReadonlySet<string> | undefined;
  for (const [name, own] of renamed) {
    const field = fields.get(name);
    if (!field) continue;
    const isGiven = isSaid(turn, name);
    if (isGiven && own !== null && !fields.has(own) && !named?.has(own)) {
      edits.push(renameField(turn.body, field, own));
      named = new Set([...(named ?? []), own]);
      continue;
    }
    removed.push(field);
    if (isGiven) dropped.add(`messages[].${name}`);
  }
  if (removed.length > 0) edits.push(...removeFields(turn.body, removed));
}

function fitIds(turn: ListItem, callIds: CallIds, edits: JsonEdit[]): void {
  const { body, scan } = turn;
  for (const call of listItems(body, scan.fields.get("tool_calls"))) {
    const id = textField(call, "id");
    if (id !== undefined) setId(call, "id", id, callIds.ofCall(id), edits);
  }
  const id = textField(turn, "tool_call_id");
  if (id !== undefined) setId(turn, "tool_call_id", id, callIds.ofResult(id), edits);
}

function setId({ scan }: ListItem, name: string, id: string, fit: string, edits: JsonEdit[]): void {
  const field = scan.fields.get(name);
  if (field && fit !== id) edits.push({ start: field.start, end: field.end, text: JSON.stringify(fit) });
}
