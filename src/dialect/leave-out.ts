import type { ClientProof, ListPlace } from "../call/index.ts";
import type { JsonField } from "./json-scan.ts";
import type { JsonEdit } from "./json-splice.ts";
import type { ListItem } from "./list-items.ts";

/** The edits that take proofs out of a client's own bytes, and with the last element of a list what the list is in. */
export function leaveOut(proofs: readonly ClientProof[]): JsonEdit[] {
  const edits: JsonEdit[] = proofs.flatMap((proof) => proof.edits);
  let places = proofs.flatMap(({ element }) => element ?? []);
  while (places.length > 0) {
    const holders: ListPlace[] = [];
    for (const list of Map.groupBy(places, (place) => place.list).values()) {
      const cut = [...new Map(list.map((place) => [place.index, place])).values()].sort((a, b) => a.index - b.index);
      const [first] = cut;
      if (first?.holder && cut.length === first.count) holders.push(first.holder);
      else edits.push(...cutRuns(cut));
    }
    places = holders;
  }
  return edits;
}

/** Elements of one list, in order, with the commas that they leave behind. */
function cutRuns(places: readonly ListPlace[]): JsonEdit[] {
  const edits: JsonEdit[] = [];
  for (let at = 0; at < places.length; at++) {
    const first = places[at] as ListPlace;
    while (places[at + 1]?.index === (places[at]?.index ?? 0) + 1) at++;
    const { end, nextStart } = places[at] as ListPlace;
    const start = nextStart === undefined ? (first.previousEnd ?? first.start) : first.start;
    edits.push({ start, end: nextStart ?? end, text: "" });
  }
  return edits;
}

/** The places of all elements of a list. */
export function placesIn(items: readonly ListItem[], { start: list }: JsonField, holder?: ListPlace): ListPlace[] {
  return items.map(({ start, end }, index) => ({
    list,
    index,
    count: items.length,
    start,
    end,
    previousEnd: items[index - 1]?.end,
    nextStart: items[index + 1]?.start,
    holder,
  }));
}
