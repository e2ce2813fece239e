import { must } from "../../base/assert.ts";
import type { EarlierAnswers, IncomingRequest, OpenedRequest } from "../dialect.ts";
import {
  LargeRequest,
  largeBytesMin,
  taskRequest,
  valueOf,
  type AsideDeps,
  type RequestOwner,
} from "./large-request.ts";
import type { Task } from "./messages.ts";

/** The body with the earlier answers in front of its own input; made by the thread where all of them together are large. */
export async function continueBody(
  deps: AsideDeps,
  { incoming, call }: { incoming: IncomingRequest; call: OpenedRequest },
  answers: EarlierAnswers,
  owner: RequestOwner,
): Promise<Uint8Array> {
  const { earlier, holders } = answers;
  const body = call instanceof LargeRequest ? call.body : incoming.body;
  const chars = [...earlier, ...holders].reduce(
    (sum, { request, answer = "" }) => sum + request.length + answer.length,
    0,
  );
  if (body.length + chars < largeBytesMin)
    return must(call.continued, "a dialect that names earlier answers goes on from them").call(call, earlier, holders);
  const task: Task = { type: "continue", found: call.found, earlier, holders };
  return (await run(deps, incoming, task, body, owner)) as Uint8Array;
}

/** Ids of the parts that kept requests only name; found by the thread where the requests are large. */
export async function findNamedParts(
  deps: AsideDeps,
  incoming: IncomingRequest,
  requests: readonly string[],
  owner: RequestOwner,
): Promise<readonly string[]> {
  const { stored } = deps.dialect;
  if (!stored?.namedParts) return [];
  if (requests.reduce((sum, { length }) => sum + length, 0) < largeBytesMin)
    return requests.flatMap((request) => stored.namedParts?.(request) ?? []);
  const noBody = new Uint8Array();
  return (await run(deps, incoming, { type: "named-parts", requests }, noBody, owner)) as readonly string[];
}

async function run(
  { thread, dialect }: AsideDeps,
  incoming: IncomingRequest,
  task: Task,
  body: Uint8Array,
  owner: RequestOwner,
): Promise<unknown> {
  const isOver = () => owner.cancelled !== undefined;
  const end = await thread.run(taskRequest(dialect, incoming), task, body, { tenant: owner.caller, isOver });
  return valueOf(end.done);
}
