/**
 * Whether a part of a kind that is known to its own dialect only is a medium: without it the answer would be another one, so
 * that who can't take it refuses it. All other parts of such kinds are dropped: calls of hosted tools and what they found
 * (`file_search_call`) among them.
 */
export function isMedia({ type }: Record<string, unknown>): boolean {
  return typeof type === "string" && /document|file|audio|video|image/.test(type) && !/_call(?:_output)?$/.test(type);
}
