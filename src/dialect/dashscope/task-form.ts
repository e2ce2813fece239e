import { unreachable } from "../../base/assert.ts";
import { SahabError } from "../../base/errors.ts";
import type { RequestHeaders, StoredAnswer, StoredForm, StoredStatus } from "../dialect.ts";
import { isObject, type JsonObject } from "../read.ts";
import { parseJson } from "../vendor-error.ts";

/** Below it each task has its own path. */
export const tasksPath = "/api/v1/tasks";

/** A call that is answered with a task, before it is done. */
export function asksForTask(headers: RequestHeaders): boolean {
  return headers.get("x-dashscope-async")?.trim().toLowerCase() === "enable";
}

/** Requests in the background as DashScope's tasks. Rules: Model Studio's "Manage asynchronous tasks", and what its own SDK reads. */
export const taskForm: StoredForm = {
  // A header asks for it.
  servedFields: [],
  createId: () => crypto.randomUUID(),
  encode(action, stored, _query, requestId) {
    switch (action) {
      case "show-stored":
        return { request_id: requestId, ...encodeTask(stored) };
      case "cancel-stored":
        if (stored.status === "cancelled") return { request_id: requestId };
        throw new SahabError(
          "unsupported_operation",
          `Cannot cancel the task: it is ${states[stored.status]}; PENDING and RUNNING ones can be cancelled`,
        );
      case "delete-stored":
      case "list-stored-input":
        throw new Error(`Assertion failed: DashScope has no ${action}`);
      default:
        return unreachable(action);
    }
  },
  encodeMissing: (action, id, requestId) =>
    action === "show-stored"
      ? { request_id: requestId, output: { task_id: id.slice(0, 100), task_status: "UNKNOWN" } }
      : undefined,
  describeMissing: (id) => `No task "${id}" is kept for this project`,
};

const states: Readonly<Record<StoredStatus, string>> = {
  queued: "PENDING",
  in_progress: "RUNNING",
  completed: "SUCCEEDED",
  incomplete: "SUCCEEDED",
  failed: "FAILED",
  cancelled: "CANCELED",
};

/** The task with what came of it: the answer's own output and usage, or the error in its place. */
function encodeTask({ id, status, createdS, answer }: StoredAnswer): JsonObject {
  const task = { task_id: id, task_status: states[status], submit_time: timeOf(createdS) };
  const json = answer === undefined ? undefined : parseJson(answer);
  const said = isObject(json) ? json : {};
  if (status === "failed") {
    const { code = "InternalError", message = "The task was not finished before the server ended; send it again" } =
      said;
    return { output: { ...task, code, message } };
  }
  const output = isObject(said["output"]) ? said["output"] : {};
  return { output: { ...output, ...task }, ...(said["usage"] !== undefined && { usage: said["usage"] }) };
}

/** Unverified: that times are those of Beijing, as in the documentation's examples. */
function timeOf(seconds: number): string {
  return new Date((seconds + 8 * 3600) * 1000).toISOString().replace("T", " ").replace("Z", "");
}
