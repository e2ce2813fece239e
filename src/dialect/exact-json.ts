/**
 * JSON of which numbers with more digits than a double holds keep their digits: they become values that JSON.stringify
 * writes as they were. Ids of 19 digits and amounts of 18 places are common in the arguments of tools.
 */
export function parseExactJson(text: string): unknown {
  if (!hasLongNumber(text)) return JSON.parse(text);
  return parse(text, (_key, value, context) => {
    const source = context?.source;
    if (typeof value !== "number" || source === undefined || !hasLongNumber(source)) return value;
    return String(value) === source ? value : rawJson(source);
  });
}

/** Whether parsing it with parseExactJson may keep more than JSON.parse: there are digits enough for a number that a double can't hold: 2^53 has 16. */
export function hasLongNumber(text: string): boolean {
  return /\d{16}/.test(text);
}

type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown;

// "JSON.parse source text access" (ES2026), which the types of the language do not know yet.
const parse = JSON.parse as (text: string, reviver: Reviver) => unknown;
const { rawJSON: rawJson } = JSON as JSON & { rawJSON(text: string): unknown };
