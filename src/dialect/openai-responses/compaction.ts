import { SahabError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import {
  noUsage,
  type AnswerEvent,
  type ChatRequest,
  type RewriteRules,
  type Usage,
  type WireBody,
} from "../../call/index.ts";
import type { Writer, WriterOptions } from "../dialect.ts";
import { foldAnswer, textOf } from "../fold-answer.ts";
import type { HostedTool } from "../hosted-tools.ts";
import { asBuffer, type JsonField } from "../json-scan.ts";
import { setField, spliceJson } from "../json-splice.ts";
import { keepWithinModel } from "../keep-within-model.ts";
import { leaveOut } from "../leave-out.ts";
import { jsonType } from "../media-types.ts";
import { editBody, renameModel, type OpenedBody } from "../open-body.ts";
import { RawBodyWriter } from "../raw-answer.ts";
import type { JsonObject } from "../read.ts";
import { parseJson } from "../vendor-error.ts";
import { findUnproved } from "./continue-input.ts";
import { findResponse } from "./keeping-state.ts";
import { readItems } from "./list-input.ts";
import { textField } from "../list-items.ts";
import { encodeUsage } from "./usage.ts";

/** The form of a chat in which a conversation is made shorter, at the vendors that have it. */
export const compactionVariant = "compaction";
export const compactionPath = "/responses/compact";

export function isCompactionPath(path: string): boolean {
  return path.endsWith(compactionPath);
}

/** What is asked of a model whose vendor cannot do it. */
const instruction = `The conversation so far will be replaced by what you write now. Write a summary from which another assistant \
can go on at once, without seeing anything of the above: what the user wants, and the rules and preferences that they stated; what was done and found, \
with names of files, commands, values and decisions that are still needed; what is left to be done, and the next step. Write the summary alone.`;

const summaryHead = "Summary of the conversation so far, which was made shorter:\n\n";

/** Newest messages of the user's that stay as they are: about 20,000 tokens, as Codex keeps where it does this itself. */
const userBytesMax = 80_000;

/** The conversation as a request for its summary. The model has its tools, which earlier calls refer to, and must not use them. */
export function askForSummary(request: ChatRequest): ChatRequest {
  return {
    ...request,
    messages: [...request.messages, { role: "user", content: [{ type: "text", text: instruction }] }],
    hostedTools: [],
    toolChoice: request.tools.length > 0 ? { type: "none" } : { type: "auto" },
    responseFormat: { type: "text" },
    stream: false,
    streamUsage: false,
  };
}

/** The client's bytes for a vendor that has this operation; as a request for a summary for one that has not. */
export function rewriteCompaction(
  opened: OpenedBody & { model: string; found: { hostedTools: readonly HostedTool[] } },
  model: string,
  rules: RewriteRules | undefined,
): WireBody {
  const { body, scan } = opened;
  const edits = renameModel(opened, opened.model, model);
  const dropped = keepWithinModel(opened, opened.found.hostedTools, edits, rules);
  const without = rules?.without ?? [];
  if (rules?.hasCompaction)
    return { pieces: editBody(body, [...edits, ...leaveOut(without)]), dropped, variant: compactionVariant };
  const { start: from, end: to } = scan.fields.get("input") as JsonField;
  const cuts = leaveOut([...without, ...findUnproved(body, scan)]);
  const moved = cuts.map(({ start, end, text }) => ({ start: start - from, end: end - from, text }));
  const own = spliceJson(body.subarray(from, to), moved).toString("utf8");
  const message = JSON.stringify({ role: "user", content: instruction });
  const items = own.startsWith("[") ? own.slice(1, -1).trim() : `{"role":"user","content":${own}}`;
  edits.push(setField(scan, "input", `[${items === "" ? "" : `${items},`}${message}]`));
  if (scan.fields.get("tools")?.elements) edits.push(setField(scan, "tool_choice", '"none"'));
  const whole = spliceJson(body, edits);
  return { pieces: [setStore(whole)], dropped };
}

/** Nothing of it is kept at the vendor. In a step of its own, since both may put a field in front. */
function setStore(body: Buffer): Buffer {
  const scan = findResponse(body);
  return scan ? spliceJson(body, [setField(scan, "store", "false")]) : body;
}

/** Writes the conversation as it goes on: the user's newest messages, and the summary. A vendor's own answer of this kind passes. */
export function createCompactionWriter(opened: OpenedBody, options: WriterOptions): Writer {
  const own = new RawBodyWriter(options);
  const events: AnswerEvent[] = [];
  return {
    contentType: jsonType,
    write(batch) {
      if (options.isRaw) own.write(batch);
      for (const event of batch.events()) events.push(event);
      return undefined;
    },
    end() {
      const raw = options.isRaw ? own.end() : undefined;
      const scan = raw && findResponse(raw);
      if (raw && scan && textField({ body: raw, scan }, "object") === compactedObject) return raw;
      return JSON.stringify(encodeCompacted(opened, events, options));
    },
    fail: (error) => own.fail(error),
  };
}

const compactedObject = "response.compaction";

function encodeCompacted(
  { body, scan }: OpenedBody,
  events: readonly AnswerEvent[],
  { usageExtra }: Pick<WriterOptions, "usageExtra">,
): JsonObject {
  const { choices, usage = noUsage, start } = foldAnswer(events);
  const summary = choices[0] && textOf(choices[0], "text")?.trim();
  if (!summary || choices[0]?.finish === "length")
    throw new SahabError("upstream_invalid_response", "The model has written no whole summary of the conversation");
  const id = newId("resp");
  const input = scan.fields.get("input") as JsonField;
  const items = readItems(parseJson(asBuffer(body).toString("utf8", input.start, input.end)), id);
  const [said] = readItems(`${summaryHead}${summary}`, `${id} summary`);
  return {
    id,
    object: compactedObject,
    created_at: start.createdS,
    output: [...newestOfUser(items), said],
    usage: encodeUsage(usage, extraOf(usage, usageExtra)),
  };
}

function extraOf(usage: Usage, usageExtra: WriterOptions["usageExtra"]): JsonObject | undefined {
  return usage === noUsage ? undefined : usageExtra(usage);
}

function newestOfUser(items: readonly JsonObject[]): JsonObject[] {
  let left = userBytesMax;
  const newest: JsonObject[] = [];
  for (const item of items.toReversed()) {
    if (item["type"] !== "message" || item["role"] !== "user") continue;
    left -= JSON.stringify(item).length;
    if (left < 0) break;
    newest.unshift(item);
  }
  return newest;
}
