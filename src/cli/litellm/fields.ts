/** An object of a parsed document, whose values are anybody's. */
export type Fields = Readonly<Record<string, unknown>>;

/** The object itself, or one without fields for anything else. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A text that is not empty; numbers and truth values are none. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}

/** A number that is at least 0, also where it is written as text. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value !== "number" && textOf(value) === undefined) return undefined;
  const number = Number(value);
  return Number.isFinite(number) && number >= 0 ? number : undefined;
}

/** The names of models in a list, or the one that stands alone. */
export function namesOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).flatMap((item) => textOf(item) ?? []);
}
