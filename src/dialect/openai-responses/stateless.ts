import { SahabError } from "../../base/errors.ts";
import { readBoolean } from "../json-scan.ts";
import type { OpenedBody } from "../open-body.ts";

/**
 * Refuses what asks for something that is kept: an earlier response, a conversation, a stored prompt, an answer to be fetched
 * later. Without it, the answer would be another one.
 */
export function refuseKept({ body, scan }: OpenedBody): void {
  for (const [name, instead] of keptFields) {
    const field = scan.fields.get(name);
    if (field && body[field.start] !== nullStart) throw unsupported(name, instead);
  }
  if (readBoolean(body, scan, "background") === true)
    throw unsupported("background", "ask without it, or with stream: true");
}

/** The same for an item of the input that only names one. */
export function refuseReference(path: string): never {
  throw unsupported(path, "send the item itself; SDKs do so with store: false");
}

const keptFields = [
  ["previous_response_id", "send the whole conversation as input"],
  ["conversation", "send the whole conversation as input"],
  ["prompt", "send the prompt's text as instructions"],
] as const;

/** The first letter of `null`. */
const nullStart = 0x6e;

function unsupported(param: string, instead: string): SahabError {
  return new SahabError("unsupported_parameter", `${param}: nothing is kept of a response here; ${instead}`, { param });
}
