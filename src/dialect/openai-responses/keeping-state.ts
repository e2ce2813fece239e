import { limits } from "../../base/limits.ts";
import { asBuffer, scanJsonObject, scanObjectAt, type JsonScan } from "../json-scan.ts";
import { setField, spliceJson, type JsonEdit } from "../json-splice.ts";

/** What a response says of how it is kept. */
export interface KeepingState {
  isStored: boolean;
  /** The id that the client was given when the request was queued; undefined for one that was not queued. */
  queuedId: string | undefined;
  previousId: string | undefined;
}

const bounds = { depthMax: limits.jsonDepthMax };

/**
 * A vendor's response that says how Sahab keeps it, where the vendor was asked to keep nothing; all other bytes as they are.
 * `within` names the field of an event that has the response. Undefined where there is nothing to change.
 */
export function spliceState(json: Uint8Array, state: KeepingState, within?: "response"): Uint8Array | undefined {
  const scan = findResponse(json, within);
  const edits = scan && stateEdits(scan, state);
  return edits?.length ? spliceJson(json, edits) : undefined;
}

/** A whole response that says it is not kept. */
export function encodeUnkept(answer: Uint8Array | string): Uint8Array | string {
  const json = typeof answer === "string" ? Buffer.from(answer) : answer;
  const scan = findResponse(json);
  return scan?.fields.has("store") ? spliceJson(json, [setField(scan, "store", "false")]) : answer;
}

/** The fields of a response; undefined where there is none. */
export function findResponse(json: Uint8Array, within?: "response"): JsonScan | undefined {
  try {
    const scan = scanJsonObject(json, bounds);
    if (within === undefined) return scan;
    const field = scan.fields.get(within);
    return field && scanObjectAt(asBuffer(json), field.start, bounds).scan;
  } catch {
    return undefined;
  }
}

function stateEdits(scan: JsonScan, { isStored, queuedId, previousId }: KeepingState): JsonEdit[] {
  const edits: JsonEdit[] = [];
  const set = (name: string, value: unknown) => edits.push(setField(scan, name, JSON.stringify(value)));
  if (isStored && scan.fields.has("store")) set("store", true);
  if (previousId !== undefined) set("previous_response_id", previousId);
  if (queuedId !== undefined) {
    set("id", queuedId);
    set("background", true);
  }
  return edits;
}
