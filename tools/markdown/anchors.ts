/** The anchor of a heading, as GitHub makes it, where no other heading before it has the same. */
export function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, "")
    .replaceAll(" ", "-");
}

/** The anchors of all headings of a page, in their order: GitHub numbers those that are the same. */
export function anchorsOf(titles: readonly string[]): string[] {
  const taken = new Map<string, number>();
  return titles.map((title) => {
    const anchor = anchorOf(title);
    const before = taken.get(anchor) ?? 0;
    taken.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
}
