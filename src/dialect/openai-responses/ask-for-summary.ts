import type { ChatRequest, RewriteRules, WireBody } from "../../call/index.ts";
import type { HostedTool } from "../hosted-tools.ts";
import type { JsonField } from "../json-scan.ts";
import { setField, spliceJson } from "../json-splice.ts";
import { keepWithinModel } from "../keep-within-model.ts";
import { leaveOut } from "../leave-out.ts";
import { editBody, renameModel, type OpenedBody } from "../open-body.ts";
import { compactionVariant } from "./compaction.ts";
import { findTriggers, spellOutSummaries } from "./compacted-input.ts";
import { findUnproved } from "./continue-input.ts";
import { findResponse } from "./keeping-state.ts";

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
  const spelledOut = spellOutSummaries(opened);
  if (rules?.hasCompaction) {
    const all = [...edits, ...spelledOut, ...leaveOut(without)];
    return { pieces: editBody(body, all), dropped, variant: compactionVariant };
  }
  const { start: from, end: to } = scan.fields.get("input") as JsonField;
  const cuts = [...spelledOut, ...leaveOut([...without, ...findUnproved(body, scan), ...findTriggers(opened)])];
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

/** What is asked of a model whose vendor cannot do it. */
const instruction = `The conversation so far will be replaced by what you write now. Write a summary from which another assistant \
can go on at once, without seeing anything of the above: what the user wants, and the rules and preferences that they stated; what was done and found, \
with names of files, commands, values and decisions that are still needed; what is left to be done, and the next step. Write the summary alone.`;
