/** A list as an error shows it. */
export function showList(list: readonly string[], shownMax = 10): string {
  const more = list.length > shownMax ? ` and ${list.length - shownMax} more` : "";
  return list.slice(0, shownMax).join(", ") + more;
}
