/**
 * An API key without what is copied along with it: white space, line ends, a byte order mark, quotes, and the word that a
 * header says before it.
 */
export function mendKey(text: string): string {
  const trimmed = text.trim();
  const unquoted = /^(["'])(.*)\1$/.exec(trimmed)?.[2]?.trim() ?? trimmed;
  return unquoted.replace(/^Bearer\s+/i, "");
}

/** Most keys of one provider. */
export const keysMax = 16;

/** What is wrong with a key beyond that; the key is not repeated. */
export function findKeyFault(key: string): string | undefined {
  const allowed = "expected printable ASCII without spaces";
  if (key === "") return `${allowed}, found nothing in it; leave it out to keep the stored key, or give null for none`;
  if (key.length > keyCharsMax) return `expected at most ${keyCharsMax} characters`;
  return describeForeign(key, /[^\x21-\x7e]/u, allowed);
}

const keyCharsMax = 8192;

/** What is wrong with a header's value; the value is not repeated. */
export function findHeaderFault(value: string): string | undefined {
  const allowed = "expected printable ASCII";
  if (value.length > keyCharsMax) return `expected at most ${keyCharsMax} characters`;
  return describeForeign(value, /[^\x20-\x7e]/u, allowed);
}

function describeForeign(text: string, foreign: RegExp, allowed: string): string | undefined {
  const found = foreign.exec(text);
  if (!found) return undefined;
  const code = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return `${allowed}; character ${found.index + 1} is U+${code}`;
}

/** Whether a secret is a placeholder that was to be replaced, or lacks what was to follow. `${NAME}` is found wherever it is. */
export function isPlaceholder(secret: string): boolean {
  return /^(?:[Bb]earer|\$[A-Z_][A-Z0-9_]*|\$\(.*\)|%[A-Z_][A-Z0-9_]*%|<.*>|\{\{.*\}\}|\*+)$/.test(secret);
}
