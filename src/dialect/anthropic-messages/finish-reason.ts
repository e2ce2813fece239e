import type { FinishReason } from "../../call/index.ts";

const toWire: Record<FinishReason, string> = {
  stop: "end_turn",
  length: "max_tokens",
  "tool-calls": "tool_use",
  "content-filter": "refusal",
  refusal: "refusal",
  pause: "pause_turn",
};

const fromWire = new Map<string, FinishReason>([
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["tool_use", "tool-calls"],
  ["refusal", "refusal"],
  ["pause_turn", "pause"],
]);

/** `stop_reason` and `stop_sequence`, which belong together. */
export function encodeFinish(reason: FinishReason, stopSequence: string | undefined) {
  if (reason === "stop" && stopSequence !== undefined)
    return { stop_reason: "stop_sequence", stop_sequence: stopSequence };
  return { stop_reason: toWire[reason], stop_sequence: null };
}

/** A reason that is not documented counts as a plain end. */
export function decodeFinishReason(reason: string): FinishReason {
  return fromWire.get(reason) ?? "stop";
}
