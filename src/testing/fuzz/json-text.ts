import { pick } from "./make-input.ts";

const scalars = [
  "null",
  "true",
  "false",
  "0",
  "-1",
  "1.5",
  "1e3",
  "12345678901234567890",
  '""',
  '"a"',
  '"\\u00e9\\n"',
  '"data:image/png;base64,AAAA"',
];

/** The text of a JSON value, with keys of these, with white space here and there. */
export function makeJson(random: () => number, keys: readonly string[], depth = 0): string {
  const space = random() < 0.1 ? pick([" ", "\n", "\t", "\r\n  "], random) : "";
  const kind = random() * (depth > 5 ? 0.5 : 1);
  if (kind < 0.35) return space + pick(scalars, random) + space;
  if (kind < 0.5) return JSON.stringify(pick(keys, random));
  const items = Array.from({ length: Math.floor(random() * 5) }, () => makeJson(random, keys, depth + 1));
  if (kind < 0.7) return `[${space}${items.join(",")}]`;
  return makeObject(random, items, keys);
}

export function makeJsonObject(random: () => number, keys: readonly string[]): string {
  const count = Math.floor(random() * 8);
  return makeObject(
    random,
    Array.from({ length: count }, () => makeJson(random, keys, 1)),
    keys,
  );
}

function makeObject(random: () => number, values: readonly string[], keys: readonly string[]): string {
  const members = values.map(
    (value) => `${JSON.stringify(random() < 0.95 ? pick(keys, random) : `k${random()}`)}:${value}`,
  );
  return `{${members.join(random() < 0.9 ? "," : " , ")}}`;
}

/** All keys and short strings of JSON texts, which mean something to whoever reads such texts. */
export function wordsOf(texts: readonly string[]): string[] {
  const words = new Set(['"', "{", "}", "[", "]", ",", ":", "null", "true", "{}", "[]", '":"', '\\"', "data:"]);
  for (const text of texts)
    for (const [word] of text.matchAll(/"[^"\\]{1,40}"/g)) {
      words.add(word);
      if (words.size > 600) return [...words];
    }
  return [...words];
}

/** The keys among such words, without their quotes. */
export const keysOf = (words: readonly string[]): string[] =>
  words.flatMap((word) => /^"([^"]+)"$/.exec(word)?.[1] ?? []);
