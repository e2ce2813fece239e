import type { Usage } from "../call/index.ts";
import type { UsageRecord } from "../ledger/index.ts";

export type PieceSums = Readonly<Pick<UsageRecord, "images" | "seconds" | "characters" | "searches">>;

export const noPieces: PieceSums = { images: 0, seconds: 0, characters: 0, searches: 0 };

/** What a record tells of the pieces that were counted. */
export function piecesOf(counts: Usage["counts"]): PieceSums {
  if (!counts) return noPieces;
  const { second = 0, character = 0, search = 0, web_search: onWeb = 0 } = counts;
  let images = 0;
  // Under the name of the kind that has a fee: `image_hd`.
  for (const name in counts) if (/^image(?:_|$)/.test(name)) images += counts[name] ?? 0;
  return { images, seconds: second, characters: character, searches: search + onWeb };
}
