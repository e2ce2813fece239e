/** What is looked for, as it stands in the page's address. */
export interface ProjectSearch {
  q?: string;
}

/** Of a page's address, which anybody may write. */
export function readProjectSearch({ q }: Readonly<Record<string, unknown>>): ProjectSearch {
  // An address holds a number where one was typed.
  return (typeof q === "string" || typeof q === "number") && q !== "" ? { q: String(q) } : {};
}
