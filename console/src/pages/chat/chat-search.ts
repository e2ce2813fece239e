/** What the address of the page says: which conversation is shown; a new one where none is. */
export function parseChatSearch(search: Record<string, unknown>): { c?: string } {
  const { c } = search;
  return typeof c === "string" && /^con_[\w-]{1,64}$/.test(c) ? { c } : {};
}
