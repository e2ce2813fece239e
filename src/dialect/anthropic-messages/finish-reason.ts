import type { FinishReason } from "../../call/index.ts";

const toWire: Record<FinishReason, string> = {
  stop: "end_turn",
  length: "max_tokens",
  "tool-calls": "tool_use",
  "content-filter": "refusal",
  refusal: "refusal",
  pause: "pause_turn",
};

/** `stop_reason` and `stop_sequence`, which belong together. */
export function encodeFinish(reason: FinishReason, stopSequence: string | undefined, unknownWord?: string) {
  if (reason === "stop" && stopSequence !== undefined)
    return { stop_reason: "stop_sequence", stop_sequence: stopSequence };
  return { stop_reason: unknownWord ?? toWire[reason], stop_sequence: null };
}
