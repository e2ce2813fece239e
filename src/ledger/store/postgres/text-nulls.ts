/**
 * PostgreSQL keeps every character in a text but U+0000. It is written as two others, of which the first is a code point that Unicode
 * keeps free for such uses, so that all texts come back as they were.
 */
const escape = "\u{10FFFE}";
const [nullAfter, itselfAfter] = ["0", "1"];
const special = new RegExp(`[\\0${escape}]`, "u");
const allSpecial = new RegExp(special, "gu");
const allEscaped = new RegExp(`${escape}([${nullAfter}${itselfAfter}])`, "gu");

/** A parameter of a statement: a value, or a list of values. */
export function escapeNulls(value: unknown): unknown {
  if (typeof value === "string")
    return special.test(value)
      ? value.replace(allSpecial, (found) => escape + (found === "\0" ? nullAfter : itselfAfter))
      : value;
  return Array.isArray(value) ? value.map(escapeNulls) : value;
}

export function unescapeNulls(text: string): string {
  return text.includes(escape)
    ? text.replace(allEscaped, (_, after: string) => (after === nullAfter ? "\0" : escape))
    : text;
}
