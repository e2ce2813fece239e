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

const fromWire = new Map<string, FinishReason>([
  ["stop", "stop"],
  ["length", "length"],
  ["max_tokens", "length"],
  ["tool_calls", "tool-calls"],
  ["function_call", "tool-calls"],
  ["content_filter", "content-filter"],
]);

/** Reasons that say that the vendor gave up: such an answer is not a whole one. DeepSeek, OpenRouter and vLLM have them. */
const failures = new Set(["insufficient_system_resource", "error", "abort"]);

/** `usesFunctions`: the client expects the legacy form of calls. */
export function encodeFinishReason(reason: FinishReason, usesFunctions = false): string {
  return usesFunctions && reason === "tool-calls" ? "function_call" : toWire[reason];
}

/** `failed` for a reason that means a broken answer; a reason that no vendor documents counts as a plain end. */
export function decodeFinishReason(reason: string): FinishReason | "failed" {
  if (failures.has(reason)) return "failed";
  return fromWire.get(reason) ?? "stop";
}
