import { SahabError } from "../base/errors.ts";

/** The ids of the keys that a text means. An id means itself, also where a key has that name; one that is not listed may still be in records. */
export function keysMeant(text: string, keys: readonly { id: string; name: string }[]): string[] {
  const named = keys.some(({ id }) => id === text) ? [] : keys.filter(({ name }) => name === text);
  if (named.length > keysNamedMax)
    throw new SahabError("invalid_request", `key: ${named.length} keys have this name; name one by its id`, {
      param: "key",
    });
  return named.length === 0 ? [text] : named.map(({ id }) => id);
}

/** Each is a parameter of a statement. */
const keysNamedMax = 1_000;
