import type { FinishReason } from "../../call/index.ts";

/** The dialect has no word for a refusal by a classifier, nor for a paused turn: the nearest is said, and never a plain stop. */
const toWire: Record<FinishReason, string> = {
  stop: "stop",
  length: "length",
  "tool-calls": "tool_calls",
  "content-filter": "content_filter",
  refusal: "content_filter",
  pause: "length",
};

/** `usesFunctions`: the client expects the legacy form of calls. */
export function encodeFinishReason(reason: FinishReason, unknownWord?: string, usesFunctions = false): string {
  return unknownWord ?? (usesFunctions && reason === "tool-calls" ? "function_call" : toWire[reason]);
}
