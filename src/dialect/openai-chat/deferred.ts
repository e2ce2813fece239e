import { errorTable, SahabError, type ErrorCode } from "../../base/errors.ts";
import type { Keeping, StoredAnswer, StoredForm } from "../dialect.ts";
import { readBoolean } from "../json-scan.ts";
import { removeFields, spliceJson } from "../json-splice.ts";
import type { OpenedBody } from "../open-body.ts";
import { invalidField, isObject } from "../read.ts";
import { parseJson } from "../vendor-error.ts";

const field = "deferred";

/** Below the base: where a completion is fetched that was deferred. */
export const deferredPath = "/chat/deferred-completion/(?<id>[^/]+)";

/** Whether a request asks for its answer later, as xAI's clients can (https://docs.x.ai/docs/guides/deferred-chat-completions). */
export function asksForLater({ body, scan }: OpenedBody, stream: boolean): boolean {
  if (readBoolean(body, scan, field) !== true) return false;
  if (stream) throw invalidField(field, "a completion that is deferred is fetched whole; expected no stream: true");
  return true;
}

/** It is served as one that waits, so no vendor is asked to keep the answer, where the account's other users could fetch it. */
export function toDeferred({ body, scan }: OpenedBody): Keeping {
  const own = scan.fields.get(field);
  const requestText = () => spliceJson(body, own ? removeFields(body, [own]) : []).toString("utf8");
  return { isStored: true, isBackground: true, requestText };
}

/** Deferred completions as xAI has them: an id at once, 202 without a body until the completion is there. */
export const deferredForm: StoredForm = {
  servedFields: [field],
  createId: () => crypto.randomUUID(),
  encodeQueued: ({ id }) => ({ request_id: id }),
  pendingStatus: 202,
  encode(action, stored) {
    if (action !== "show-stored") throw new Error(`Assertion failed: OpenAI's chat has no ${action}`);
    if (stored.status === "completed" && stored.answer !== undefined) return stored.answer;
    throw failureOf(stored);
  },
  describeMissing: (id) => `No deferred completion "${id}" is kept for this project`,
};

/** What the request would have been answered, had its client waited. */
function failureOf({ answer = "" }: StoredAnswer): SahabError {
  const json = parseJson(answer);
  const { code, message, param } = isObject(json) && isObject(json["error"]) ? json["error"] : {};
  if (typeof message !== "string")
    return new SahabError("internal_error", "The completion was not finished before the server ended; send it again");
  // A vendor's own words pass, with a code of its own.
  const known = typeof code === "string" && Object.hasOwn(errorTable, code) ? (code as ErrorCode) : "upstream_rejected";
  return new SahabError(known, message, { param: typeof param === "string" ? param : undefined });
}
