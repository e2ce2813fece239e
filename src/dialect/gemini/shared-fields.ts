/** The name of the dialect. */
export const dialectName = "gemini";

/**
 * Stands for a signature where a call of a function was made by another model: Gemini 3 refuses calls of the present turn that
 * have none. Rule: Google's documentation, "Thought signatures", on transferring history from other models.
 */
export const noSignature = "skip_thought_signature_validator";

/**
 * Its other spelling in the same place, and ours: no proof of anything. The field holds bytes, so that programs send the words
 * encoded (LiteLLM, pydantic-ai), or write what they took for encoded with the other alphabet's signs.
 */
export const dummySignatures: ReadonlySet<string> = new Set(
  [noSignature, "context_engineering_is_the_way_to_go"].flatMap((word) => [
    word,
    word.replaceAll("_", "/"),
    Buffer.from(word).toString("base64"),
  ]),
);

/** Models from Gemini 3 on, whatever stands before the name. */
export function isGemini3(model: string): boolean {
  return /(?:^|\/)gemini-(?:[3-9]|\d\d)(?:\D|$)/.test(model);
}
