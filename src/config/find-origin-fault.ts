/** What keeps a text from being an origin as browsers send it (Fetch standard, "Origin header"), `null` or `*`; undefined for nothing. */
export function findOriginFault(text: string): string | undefined {
  if (text === "*" || text === "null") return undefined;
  const parts = origin.exec(text);
  if (!parts) return `expected an origin such as https://app.example or app://obsidian.md, null or *; ${hintFor(text)}`;
  const wanted = /^https?:$/.test(parts[1] ?? "") ? originOf(text) : text.toLowerCase();
  return wanted === text ? undefined : `browsers write this origin as ${wanted ?? "scheme://host:port"}`;
}

const origin = /^([A-Za-z][A-Za-z0-9+.-]*:)\/\/(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

function hintFor(text: string): string {
  if (text.includes("*")) return "a part of an origin cannot be *, so name each one";
  const bare = /^[^/]*\/\/[^/?#]+/.exec(text)?.[0];
  if (bare !== undefined && origin.test(bare)) return `an origin has no path, so ${bare} may be meant`;
  if (!text.includes("://")) return "a scheme such as https:// comes first";
  return "a host has ASCII letters, digits, dots and hyphens; names in other letters are written as xn--…";
}

function originOf(text: string): string | undefined {
  return URL.canParse(text) ? new URL(text).origin : undefined;
}
