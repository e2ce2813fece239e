/** A list on one line that is longer than this is written on several. */
const charsMax = 60;

/** Items of a list or an object between their brackets: on one line where they fit, else one a line. */
export function encloseItems(
  items: readonly string[],
  { brackets, indent, step, padding = "" }: { brackets: "[]" | "{}"; indent: string; step: string; padding?: string },
): string {
  const [open = "", close = ""] = brackets;
  if (items.length === 0) return brackets;
  const line = items.join(", ");
  const space = brackets === "{}" ? padding : "";
  if (line.length <= charsMax && !line.includes("\n")) return `${open}${space}${line}${space}${close}`;
  return `${open}\n${items.map((item) => `${indent}${step}${item},\n`).join("")}${indent}${close}`;
}
