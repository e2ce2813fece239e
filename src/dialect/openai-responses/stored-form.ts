import { unreachable } from "../../base/assert.ts";
import { SahabError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import type { StoredAction, StoredAnswer, StoredForm } from "../dialect.ts";
import { openBody, type OpenedBody } from "../open-body.ts";
import { readBoolean } from "../json-scan.ts";
import { isObject, type JsonObject } from "../read.ts";
import { parseJson } from "../vendor-error.ts";
import { echoRequest } from "./echo.ts";
import { ResponseHead } from "./encode-response.ts";
import { encodeUnkept } from "./keeping-state.ts";
import { namedPartsOfRequest } from "./keeping.ts";
import { listInput } from "./list-input.ts";
import { replayEvents } from "./replay-events.ts";
import { servedFields } from "./shared-fields.ts";
import { ToolNames } from "../tool-aliases.ts";

/** How clients of Responses see the answers that Sahab keeps, in OpenAI's words where there are some. */
export const storedForm: StoredForm = {
  servedFields,
  createId: () => newId("resp"),
  encode(action: StoredAction, stored: StoredAnswer, query: URLSearchParams) {
    switch (action) {
      case "delete-stored":
        return { id: stored.id, object: "response", deleted: true };
      case "list-stored-input":
        return listInput(stored, query);
      case "cancel-stored":
        if (!isBackground(openRequest(stored)))
          throw new SahabError("invalid_request", "Cannot cancel a synchronous response.");
        return encodeStored(stored);
      case "show-stored":
        return encodeStored(stored);
      default:
        return unreachable(action);
    }
  },
  encodeStream(stored, query) {
    if (query.get("stream") !== "true") return undefined;
    const request = openRequest(stored);
    return replayEvents(stored.status, encodeStored(stored), {
      startingAfter: Number(query.get("starting_after") ?? -1),
      begun: encodeAs("in_progress", stored, request),
      queued: isBackground(request) ? encodeAs("queued", stored, request) : undefined,
    });
  },
  encodeUnkept,
  describeMissing: (id, isPrevious) => `${isPrevious ? "Previous response" : "Response"} with id '${id}' not found.`,
  namedParts: namedPartsOfRequest,
};

function openRequest({ request }: StoredAnswer): OpenedBody {
  return openBody(Buffer.from(request));
}

function isBackground({ body, scan }: OpenedBody): boolean {
  return readBoolean(body, scan, "background") === true;
}

/** The response as JSON. One that has no answer, or an error in its place, is made of its request. */
function encodeStored(stored: StoredAnswer): string {
  const { status, answer } = stored;
  if (answer !== undefined && (status === "completed" || status === "incomplete")) return answer;
  return encodeAs(status, stored, openRequest(stored));
}

function encodeAs(status: StoredAnswer["status"], stored: StoredAnswer, request: OpenedBody): string {
  const { id, model, createdS, previousId } = stored;
  const head = new ResponseHead(
    { type: "start", id, model, createdS },
    {
      names: new ToolNames([]),
      echo: echoRequest(request),
      state: { isStored: true, queuedId: isBackground(request) ? id : undefined, previousId },
    },
  );
  return head.encode({ status, output: [], error: status === "failed" ? errorOf(stored) : undefined });
}

function errorOf({ answer }: StoredAnswer): JsonObject {
  const json = answer === undefined ? undefined : parseJson(answer);
  const error = isObject(json) && isObject(json["error"]) ? json["error"] : {};
  const text = (name: string) => (typeof error[name] === "string" ? error[name] : undefined);
  return {
    code: text("code") ?? "server_error",
    message: text("message") ?? "The answer was not finished before the server ended; send the request again",
  };
}
