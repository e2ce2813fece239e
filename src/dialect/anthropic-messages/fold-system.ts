import { asBuffer, isUnderKey } from "../json-scan.ts";
import type { JsonEdit } from "../json-splice.ts";
import { listItems, textField, type ListItem } from "../list-items.ts";
import type { OpenedBody } from "../open-body.ts";
import { systemMarks } from "../system-turns.ts";

/** Whether a search finds the role of the system among the messages; it may be in the arguments of a tool. */
export function mayHaveSystemTurns({ body, scan }: OpenedBody): boolean {
  const messages = scan.fields.get("messages");
  if (!messages) return false;
  const bytes = asBuffer(body);
  for (let at = bytes.indexOf(role, messages.start); at !== -1 && at < messages.end; at = bytes.indexOf(role, at + 1))
    if (isUnderKey(bytes, at, messages.start, roleKey)) return true;
  return false;
}

const role = Buffer.from('"system"');
const roleKey = [Buffer.from("role")];

/**
 * The edits that make the system's turns the user's, marked, in their places. Nothing else changes, so that the vendor's prefix cache
 * holds. Of messages that are no JSON nothing is found: they are the vendor's to judge.
 */
export function foldSystem({ body, scan }: OpenedBody): JsonEdit[] {
  try {
    return listItems(body, scan.fields.get("messages")).flatMap((turn) =>
      textField(turn, "role") === "system" ? foldTurn(turn) : [],
    );
  } catch {
    return [];
  }
}

function foldTurn({ body, scan }: ListItem): JsonEdit[] {
  const name = scan.fields.get("role");
  const content = scan.fields.get("content");
  if (!name) return [];
  const edits = [{ start: name.start, end: name.end, text: '"user"' }];
  const isList = content?.elements !== undefined;
  if (!content || (isList ? content.elements === 0 : body[content.start] !== quote)) return edits;
  // Behind the quote or bracket that opens, and before the one that closes.
  const open = content.start + 1;
  const close = content.end - 1;
  edits.push({ start: open, end: open, text: isList ? `${block(systemMarks.before)},` : inside(systemMarks.before) });
  edits.push({ start: close, end: close, text: isList ? `,${block(systemMarks.after)}` : inside(systemMarks.after) });
  return edits;
}

const quote = 0x22;

function inside(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function block(text: string): string {
  return JSON.stringify({ type: "text", text });
}
