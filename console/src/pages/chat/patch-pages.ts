/** What the order of the list is made of. */
interface Listed {
  id: string;
  pinned: boolean;
  updated_at: string;
}

/**
 * Pages of a list with one conversation as it is now, in its new place: pinned ones first, then those that were used last. Pages keep their
 * lengths and cursors. Undefined where the list has to be read again: the conversation is on none of the pages, or was pinned or unpinned.
 */
export function patchPages<Row extends Listed, Page extends { conversations: Row[] }>(
  pages: readonly Page[],
  changed: Row,
  { isSorted }: { isSorted: boolean },
): Page[] | undefined {
  const rows = pages.flatMap(({ conversations }) => conversations);
  const at = rows.findIndex(({ id }) => id === changed.id);
  const before = rows[at];
  if (!before || (isSorted && before.pinned !== changed.pinned)) return undefined;
  const patched = rows.with(at, { ...before, ...changed });
  if (isSorted) patched.sort(compare);
  let start = 0;
  return pages.map((page) => ({
    ...page,
    conversations: patched.slice(start, (start += page.conversations.length)),
  }));
}

function compare(one: Listed, other: Listed): number {
  if (one.pinned !== other.pinned) return one.pinned ? -1 : 1;
  if (one.updated_at !== other.updated_at) return one.updated_at > other.updated_at ? -1 : 1;
  return one.id > other.id ? -1 : 1;
}
