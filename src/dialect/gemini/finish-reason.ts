import type { FinishReason } from "../../call/index.ts";

const toWire: Record<FinishReason, string> = {
  stop: "STOP",
  length: "MAX_TOKENS",
  "tool-calls": "STOP",
  "content-filter": "SAFETY",
  refusal: "SAFETY",
  pause: "CONTINUATION",
};

export function encodeFinish(reason: FinishReason, unknownWord?: string): string {
  return unknownWord ?? toWire[reason];
}
