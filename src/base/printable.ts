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

/**
 * Returns a text of a document or a variable as an error may show it. Keys end up in wrong fields, so a text that could be a key is
 * not shown; only its length is.
 */
export function showText(text: string): string {
  return mayBeKey(text) ? `a text of ${text.length} characters` : JSON.stringify(escapeUnprintable(text));
}

/** The same for the name of a field. */
export function showFieldName(name: string): string {
  return mayBeKey(name) ? `(a name of ${name.length} characters)` : escapeUnprintable(name);
}

/** Ids of our own keys and requests, which are no secrets (see newId). */
const ownId = /^(?:key|req)_0[0-9a-hjkmnp-tv-z]{25}$/;

/** Vendors' keys have 20 characters and more, most of them in one run of letters and digits; ours have at least 16. */
const keyCharsMin = 16;

/** Whether a text is unlike words and names, which are short between their separators and have few digits. */
function mayBeKey(text: string): boolean {
  if (text.length < keyCharsMin || /^[\d.e+-]{1,40}$/i.test(text) || ownId.test(text)) return false;
  const digits = text.replace(/\D/g, "").length;
  const hasLongRun = text.split(/[^\p{L}\p{N}]/u).some((run) => run.length >= keyCharsMin);
  return text.length > 64 || digits > 12 || hasLongRun || /[0-9a-f]{8}-[0-9a-f]{4}-/i.test(text);
}

/** JSON that means the same and holds only what can be printed: JSON itself escapes the older control characters only. */
export function escapeInJson(json: string): string {
  return replaceUnprintable(json, (found) => (found === "\n" ? found : jsonEscapeOf(found)));
}

/** Each half of a surrogate pair by itself. */
export function jsonEscapeOf(found: string): string {
  return found.split("").reduce((text, unit) => `${text}\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`, "");
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
