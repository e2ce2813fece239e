import { SahabError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import type { FinishReason } from "../../call/index.ts";
import type { JsonObject } from "../read.ts";

/** Types of items that stand for a conversation which was made shorter, by OpenAI's reference and by Codex. */
export const compactedTypes: ReadonlySet<unknown> = new Set(["compaction", "compaction_summary", "context_compaction"]);

/**
 * A summary in the form of the item that OpenAI's servers encrypt. Nothing in it is secret from the client, which has the whole
 * conversation, so that any Sahab reads it again.
 */
export function newSummaryItem(summary: string): JsonObject {
  const encrypted = mark + Buffer.from(summary).toString("base64url");
  return { id: newId("cmp"), type: "compaction", encrypted_content: encrypted };
}

/** What the model is told in place of such an item; undefined for one of a vendor's, which nobody else can read. */
export function readSummaryItem({ encrypted_content: content }: JsonObject): string | undefined {
  if (typeof content !== "string" || !content.startsWith(mark)) return undefined;
  return introduce(Buffer.from(content.slice(mark.length), "base64url").toString("utf8"));
}

/** How such an item's content begins. */
export const mark = "sahab-summary-1.";

export function introduce(summary: string): string {
  return `Summary of the conversation so far, which was made shorter:\n\n${summary}`;
}

/** Throws where there is no whole summary: the conversation would go on without what it was about. */
export function checkSummary(text: string | undefined, finish: FinishReason | null | undefined): string {
  const summary = text?.trim();
  if (!summary || finish === "length")
    throw new SahabError("upstream_invalid_response", "The model has written no whole summary of the conversation");
  return summary;
}
