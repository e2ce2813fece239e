import { missingProof, proofKey, type ClientProof, type ListPlace } from "../../call/index.ts";
import { asBuffer, readString, scanField, type JsonField } from "../json-scan.ts";
import { removeFields, setField, type JsonEdit } from "../json-splice.ts";
import { leaveOut, placesIn } from "../leave-out.ts";
import { listItems, textField, type ListItem } from "../list-items.ts";
import type { OpenedBody } from "../open-body.ts";
import { proofsInField } from "../proof-keys.ts";

/** Of signatures, and of what redacted blocks have in their place. */
export function proofKeysIn(json: Uint8Array): string[] {
  const keys = signatures(json);
  return asBuffer(json).includes(redactedMark) ? [...keys, ...redacted(json)] : keys;
}

const signatures = proofsInField("signature");
const redacted = proofsInField("data");
const redactedMark = '"redacted_thinking"';

/**
 * The blocks of thinking with their signatures. A turn that goes on and begins without one counts as lacking a proof, where the client
 * asks for thinking. Of messages that are no JSON nothing is found.
 */
export function findProofs(opened: OpenedBody): ClientProof[] {
  try {
    return find(opened);
  } catch {
    return [];
  }
}

function find({ body, scan }: OpenedBody): ClientProof[] {
  const field = scan.fields.get("messages");
  const messages = listItems(body, field);
  if (!field) return [];
  const places = placesIn(messages, field);
  const asked = messages.findLastIndex((message) => isAsked(body, message));
  const proofs = messages.flatMap((message, index) => {
    const found = proofsOf(body, message, { path: `messages[${index}]`, holder: places[index] });
    return index > asked ? found.map((proof) => ({ ...proof, isInOpenTurn: true })) : found;
  });
  const first = messages[asked + 1];
  if (first && !beginsWithThought(body, first))
    proofs.push({ key: missingProof, path: "thinking", edits: [], isInOpenTurn: true });
  return proofs;
}

/** Whether a message is the user's own, and not what tools have answered. */
function isAsked(body: Uint8Array, message: ListItem): boolean {
  if (textField(message, "role") !== "user") return false;
  const content = message.scan.fields.get("content");
  return (
    content?.elements === undefined ||
    listItems(body, content).some((block) => textField(block, "type") !== "tool_result")
  );
}

function proofsOf(
  body: Uint8Array,
  message: ListItem,
  { path, holder }: { path: string; holder: ListPlace | undefined },
): ClientProof[] {
  const content = contentWithThoughts(body, message);
  if (!content) return [];
  const blocks = listItems(body, content);
  const places = placesIn(blocks, content, holder);
  return blocks.flatMap((block, index): ClientProof[] => {
    const key = keyOf(block);
    return key === undefined ? [] : [{ key, path: `${path}.content[${index}]`, element: places[index], edits: [] }];
  });
}

function contentWithThoughts(body: Uint8Array, { scan }: ListItem): JsonField | undefined {
  const content = scan.fields.get("content");
  return content?.elements && asBuffer(body).subarray(content.start, content.end).includes('thinking"')
    ? content
    : undefined;
}

function beginsWithThought(body: Uint8Array, message: ListItem): boolean {
  const content = contentWithThoughts(body, message);
  const [first] = content ? listItems(body, content) : [];
  return first !== undefined && keyOf(first) !== undefined;
}

/** Undefined for a block that is no thought. */
function keyOf(block: ListItem): string | undefined {
  const type = textField(block, "type");
  if (type !== "thinking" && type !== "redacted_thinking") return undefined;
  return keyOfField(block, type === "thinking" ? "signature" : "data");
}

function keyOfField({ body, scan }: ListItem, name: string): string {
  const field = scan.fields.get(name);
  if (!field) return proofKey("");
  const value: unknown = JSON.parse(asBuffer(body).toString("utf8", field.start, field.end));
  return proofKey(typeof value === "string" ? value : "");
}

/**
 * The edits that leave proofs out. Without that of the present turn a vendor refuses to think until the turn is over, unless
 * it may choose itself (`adaptive`). Rules: Anthropic's documentation, "Extended thinking", "Adaptive thinking".
 */
export function editsWithout(opened: OpenedBody, proofs: readonly ClientProof[] = []): JsonEdit[] {
  const edits = leaveOut(proofs);
  const { body, scan } = opened;
  if (!proofs.some(({ isInOpenTurn }) => isInOpenTurn) || !isThinkingOn(opened)) return edits;
  edits.push(setField(scan, "thinking", '{"type":"disabled"}'));
  const management = scan.fields.get("context_management");
  // An edit of thoughts is refused where there are none.
  if (management && asBuffer(body).subarray(management.start, management.end).includes("clear_thinking"))
    edits.push(...removeFields(body, [management]));
  return edits;
}

function isThinkingOn({ body, scan }: OpenedBody): boolean {
  const thinking = scanField(body, scan, "thinking", {});
  return thinking !== undefined && readString(body, thinking, "type") === "enabled";
}
