import { asArray, invalidField, wrongType } from "../read.ts";

const expected = "a string, an array of strings, an array of token ids or an array of such arrays";

/** Reads `prompt` or `input`: one text, one list of token ids, or a list of either. */
export function decodeTextOrTokens(value: unknown, path: string, max: number): (string | number[])[] {
  if (typeof value === "string") return [value];
  if (!Array.isArray(value)) throw wrongType(path, expected, value);
  if (value.length === 0) throw invalidField(path, "expected at least one element, found none");
  if (typeof value[0] === "number") return [asTokens(value, path)];
  const areTexts = typeof value[0] === "string";
  return asArray(value, path, max).map((item, index) => {
    if (areTexts && typeof item === "string") return item;
    if (!areTexts && Array.isArray(item) && item.length > 0) return asTokens(item, `${path}[${index}]`);
    const wanted = areTexts ? "a string, as the first element is" : "a non-empty array of token ids";
    throw wrongType(`${path}[${index}]`, index === 0 ? `a string or ${wanted}` : wanted, item);
  });
}

function asTokens(value: unknown[], path: string): number[] {
  const wrong = value.findIndex(
    (token) => !Number.isInteger(token) || (token as number) < 0 || (token as number) > 0x7fffffff,
  );
  if (wrong === -1) return value as number[];
  throw invalidField(`${path}[${wrong}]`, `expected a token id, found ${JSON.stringify(value[wrong])?.slice(0, 60)}`);
}
