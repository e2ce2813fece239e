/**
 * What text may hold that cannot be printed as it is: control characters, separators of lines, halves of surrogate pairs,
 * and invisible characters, which hide or reorder what a reader sees. The two joiners (U+200C, U+200D) belong to the
 * spelling of Persian, of Indian languages and of emoji.
 */
const unprintable = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const allUnprintable = new RegExp(unprintable, "gu");

/** The first character of a name that no name may have, such as `U+202E at character 3`; undefined if there is none. */
export function findUnprintable(text: string): string | undefined {
  const found = unprintable.exec(text);
  return found ? `${codePoint(found[0])} at character ${found.index + 1}` : undefined;
}

/** Text of a stranger's for messages and tables: what cannot be printed is written as an escape, `\u202e`. */
export function escapeUnprintable(text: string): string {
  return replaceUnprintable(text, escapeOf);
}

/** The same for text of several lines: line feeds and tabs stay. */
export function escapeUnprintableLines(text: string): string {
  return replaceUnprintable(text, (found) => (found === "\n" || found === "\t" ? found : escapeOf(found)));
}

export function replaceUnprintable(text: string, replacementOf: (found: string) => string): string {
  return unprintable.test(text) ? text.replace(allUnprintable, replacementOf) : text;
}

function escapeOf(found: string): string {
  const hex = hexOf(found);
  return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, "0")}`;
}

function codePoint(found: string): string {
  return `U+${hexOf(found).padStart(4, "0").toUpperCase()}`;
}

function hexOf(found: string): string {
  return (found.codePointAt(0) ?? 0).toString(16);
}
