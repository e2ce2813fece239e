import { SahabError } from "../../../base/errors.ts";

/**
 * Bounds of one schema, checked before any work on it. Real ones are far below: OpenAI allows 5,000 properties, 1,000 values of
 * enums and 120,000 characters in names and values; generated ones have some thousand names in a list.
 */
const schemaLimits = {
  /** Items of one list, and properties of one object. */
  itemsMax: 10_000,
  /** Keywords, names and values together. */
  valuesMax: 100_000,
  /** Characters of all names and texts together. */
  charsMax: 1024 * 1024,
  depthMax: 200,
} as const;

/** Throws `invalid_request` with the bound that a schema exceeds. Looks at no more of it than the bounds allow. */
export function checkSchema(schema: unknown, place: string): void {
  const { itemsMax, valuesMax, charsMax, depthMax } = schemaLimits;
  let [values, chars] = [0, 0];
  const refuse = (found: string) => {
    throw new SahabError("invalid_request", `${place}: the schema ${found}`, { param: place });
  };
  const visit = (value: unknown, depth: number): void => {
    if (++values > valuesMax) refuse(`has more than ${valuesMax} values`);
    if (typeof value === "string") chars += value.length;
    if (chars > charsMax) refuse(`has more than ${charsMax} characters`);
    if (typeof value !== "object" || value === null) return;
    if (depth > depthMax) refuse(`nests deeper than ${depthMax} levels`);
    if (Array.isArray(value)) {
      if (value.length > itemsMax) refuse(`has a list of ${value.length} items; at most ${itemsMax} are allowed`);
      for (const item of value) visit(item, depth + 1);
      return;
    }
    let names = 0;
    for (const name in value) {
      if (++names > itemsMax) refuse(`has an object with more than ${itemsMax} names`);
      chars += name.length;
      visit((value as Record<string, unknown>)[name], depth + 1);
    }
  };
  visit(schema, 0);
}
