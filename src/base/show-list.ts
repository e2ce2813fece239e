/** A list as an error shows it. */
export function showList(list: readonly string[]): string {
  const more = list.length > shownMax ? ` and ${list.length - shownMax} more` : "";
  return list.slice(0, shownMax).join(", ") + more;
}

const shownMax = 10;
