import type { SahabError } from "../base/errors.ts";
import type { ChatEvent } from "./chat.ts";
import type { Ranked } from "./rerank.ts";
import type { TokenPiece } from "./text-request.ts";
import type { Usage } from "./usage.ts";

/** What an answer of any operation says. */
export type AnswerEvent =
  | ChatEvent
  /** In the order of the inputs. */
  | { type: "vectors"; model: string; vectors: Float32Array[] }
  /** The nearest first, as the vendor sorts them. */
  | { type: "ranking"; model: string; results: Ranked[] }
  | { type: "token-count"; inputTokens: number }
  | { type: "tokens"; tokens: number[]; pieces?: TokenPiece[] | undefined }
  /** The text of tokens, or of a prompt as the model's template writes it. */
  | { type: "plain-text"; text: string };

/** What the request path must know of a batch. */
export interface Facts {
  /** Bytes of text, reasoning and tool arguments, from which tokens are estimated where no count comes. */
  readonly textBytes: number;
  /** Part of it was thought, which some vendors price higher and do not count. */
  readonly hasThoughts?: boolean;
  /** The latest count. */
  readonly usage: Usage | undefined;
  /** The answer is whole with this batch; nothing follows. */
  readonly isEnd: boolean;
  /** The answer broke; nothing follows. */
  readonly failure: SahabError | undefined;
}

/** Derives the facts of decoded events. */
export function factsOf(events: readonly AnswerEvent[], isEnd: boolean): Facts {
  let textBytes = 0;
  let hasThoughts = false;
  let usage: Usage | undefined;
  let failure: SahabError | undefined;
  for (const event of events) {
    // A signature alone is that of thoughts which the vendor hides.
    if (event.type === "reasoning-delta" || event.type === "reasoning-signature") hasThoughts = true;
    if (event.type === "text-delta" || event.type === "reasoning-delta" || event.type === "refusal-delta")
      textBytes += Buffer.byteLength(event.text);
    // The call's name counts, too: a call without arguments is an answer.
    else if (event.type === "tool-call-start") textBytes += Buffer.byteLength(event.name);
    else if (event.type === "tool-call-delta") textBytes += Buffer.byteLength(event.arguments);
    else if (event.type === "usage") usage = event.usage;
    else if (event.type === "error") failure = event.error;
  }
  return { textBytes, hasThoughts, usage, isEnd: isEnd && failure === undefined, failure };
}
