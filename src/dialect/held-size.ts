import { unreachable } from "../base/assert.ts";
import type { ChatEvent, TokenLogprob } from "../call/index.ts";

type DeltaEvent = Exclude<ChatEvent, { type: "start" | "usage" | "error" }>;

/** About how many bytes of memory it takes to hold what an event says. */
export function heldSizeOf(event: DeltaEvent): number {
  switch (event.type) {
    case "text-delta":
      return event.text.length + (event.logprobs ? sizeOfLogprobs(event.logprobs) : 0);
    case "refusal-delta":
    case "reasoning-delta":
      return event.text.length;
    case "reasoning-signature":
      return itemBytes + event.signature.value.length;
    case "tool-call-start":
      return callSizeOf(event);
    case "tool-call-delta":
      return event.arguments.length;
    case "finish":
      return 0;
    default:
      return unreachable(event);
  }
}

/** The same for a call of which the arguments are counted apart. */
export function callSizeOf({ id, name }: { id: string; name: string }): number {
  return itemBytes + id.length + name.length;
}

/** An object with a few fields, and what is written around them. */
export const itemBytes = 200;
/** A token with its probability and bytes: 10,000 tokens with 20 alternatives each are as many as a whole answer may have. Measured: 200. */
const tokenBytes = 160;

function sizeOfLogprobs(logprobs: readonly TokenLogprob[]): number {
  let size = 0;
  for (const chosen of logprobs) {
    size += sizeOfToken(chosen);
    for (const other of chosen.top) size += sizeOfToken(other);
  }
  return size;
}

function sizeOfToken({ token, bytes }: { token: string; bytes: number[] | null }): number {
  return tokenBytes + token.length + 8 * (bytes?.length ?? 0);
}
