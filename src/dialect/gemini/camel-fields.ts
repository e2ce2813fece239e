import { invalidField, type JsonObject } from "../read.ts";

/**
 * An object with its fields as Google's documentation spells them: JSON of protocol buffers may have `system_instruction` for
 * `systemInstruction`. Throws where both are there, since programs differ on which of them counts.
 */
export function camelFields(value: JsonObject, path: string): JsonObject {
  let hasOther = false;
  for (const key in value) if (key.includes("_")) hasOther = true;
  if (!hasOther) return value;
  const fields: [string, unknown][] = [];
  const seen = new Set<string>();
  for (const [key, field] of Object.entries(value)) {
    const name = toCamel(key);
    if (seen.has(name))
      throw invalidField(path === "" ? name : `${path}.${name}`, "expected in one spelling, found in two");
    seen.add(name);
    fields.push([name, field]);
  }
  return Object.fromEntries(fields);
}

/** A name that begins with an underscore keeps it. */
export function toCamel(name: string): string {
  return name.replaceAll(/(?<=[^_])_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
