import type { OutputPart } from "../engine/child/output/parts.ts";

/** Joins deltas that belong together, so that outputs that came in other pieces are equal. */
export function joinParts(parts: readonly OutputPart[]): OutputPart[] {
  const joined: OutputPart[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (last && last.type !== "tool-call" && part.type === last.type)
      joined[joined.length - 1] = { type: part.type, text: last.text + part.text };
    else joined.push(part);
  }
  return joined;
}
