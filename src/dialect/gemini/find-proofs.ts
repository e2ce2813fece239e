import { missingProof, proofKey, type ClientProof, type ListPlace } from "../../call/index.ts";
import { asBuffer } from "../json-scan.ts";
import { removeFields, setField } from "../json-splice.ts";
import { placesIn } from "../leave-out.ts";
import { listItems, textField, type ListItem } from "../list-items.ts";
import type { OpenedBody } from "../open-body.ts";
import { proofsInField } from "../proof-keys.ts";
import { findSpelling } from "./guarded-fields.ts";
import { isGemini3, noSignature } from "./shared-fields.ts";

/** Of signatures in both spellings. */
export function proofKeysIn(json: Uint8Array): string[] {
  return [...camel(json), ...snake(json)];
}

const camel = proofsInField("thoughtSignature");
const snake = proofsInField("thought_signature");

/**
 * The signatures of parts, and calls of functions that have none where a model demands it: those get what stands for a signature.
 * Of contents that are no JSON nothing is found.
 */
export function findProofs({ body, scan }: OpenedBody, model: string): ClientProof[] {
  const field = scan.fields.get("contents");
  const needsProof = isGemini3(model);
  try {
    const contents = listItems(body, field);
    const places = field ? placesIn(contents, field) : [];
    return contents.flatMap((content, index) =>
      proofsOf(content, { path: `contents[${index}]`, holder: places[index], needsProof }),
    );
  } catch {
    return [];
  }
}

interface Where {
  path: string;
  holder: ListPlace | undefined;
  needsProof: boolean;
}

function proofsOf(content: ListItem, { path, holder, needsProof }: Where): ClientProof[] {
  const { body, start, end, scan } = content;
  const bytes = asBuffer(body).subarray(start, end);
  const list = scan.fields.get("parts");
  const mayLack = needsProof && bytes.includes('"function');
  if (!list || (!mayLack && !bytes.includes('ignature"'))) return [];
  const parts = listItems(body, list);
  const places = placesIn(parts, list, holder);
  let hasCall = false;
  return parts.flatMap((part, index): ClientProof[] => {
    const isCall = findSpelling(part.scan, "functionCall") !== undefined;
    const isFirstCall = isCall && !hasCall;
    hasCall ||= isCall;
    const place = { path: `${path}.parts[${index}]`, element: places[index] };
    return proofOf(part, place, needsProof && isCall, isFirstCall);
  });
}

/** `needsDummy`: something must be in the signature's place. Of calls beside each other only the first has one. */
function proofOf(
  part: ListItem,
  { path, element }: { path: string; element: ListPlace | undefined },
  needsDummy: boolean,
  isFirstCall: boolean,
): ClientProof[] {
  const { body, scan } = part;
  const name = findSpelling(scan, "thoughtSignature");
  const at = name === undefined ? undefined : scan.fields.get(name);
  if (name === undefined || !at) {
    if (!needsDummy || !isFirstCall) return [];
    return [{ key: missingProof, path, edits: [setField(scan, "thoughtSignature", dummy)] }];
  }
  const value: unknown = JSON.parse(asBuffer(body).toString("utf8", at.start, at.end));
  const proof = { key: proofKey(typeof value === "string" ? value : ""), path: `${path}.thoughtSignature` };
  if (needsDummy) return [{ ...proof, edits: [setField(scan, name, dummy)] }];
  const isEmpty = [...scan.fields.keys()].every((key) => key === name || (key === "text" && saysNothing(part)));
  // A part of nothing but a signature is no part without it.
  return isEmpty ? [{ ...proof, element, edits: [] }] : [{ ...proof, edits: removeFields(body, [at]) }];
}

function saysNothing(part: ListItem): boolean {
  return textField(part, "text") === "";
}

const dummy = JSON.stringify(noSignature);
