import { expect, test } from "bun:test";
import fc from "fast-check";
import { countTokens, pieceChars } from "./count-tokens.ts";

const words = (text: string) => text.match(/\s*\S+|\s+/g) ?? [];
const countAll = (texts: string[], tokensMax = Infinity, tokenize: (text: string) => string[] = words) =>
  countTokens(texts, { tokenize, tokensMax, signal: new AbortController().signal });

test("words are counted as they are in the whole, however the text is cut", async () => {
  const text = fc.array(fc.constantFrom("a", "longer", " ", "\n", "é", "😀"), { minLength: 9_000, maxLength: 20_000 });
  await fc.assert(
    fc.asyncProperty(text, async (parts) => {
      const joined = `x${parts.join(" ")}`;
      const { count, pieces } = await countAll([joined]);
      expect(count - words(joined).length).toBeWithin(0, pieces);
    }),
    { numRuns: 20 },
  );
});

test("no character is cut in two", async () => {
  const seen: string[] = [];
  const text = `x${"😀".repeat(pieceChars)}`;
  await countAll([text], Infinity, (piece) => [seen.push(piece)].map(String));
  expect(seen.length).toBeGreaterThan(1);
  expect(seen.join("")).toBe(text);
  expect(seen.every((piece) => piece.isWellFormed())).toBe(true);
});

test("counting ends where it is clear that there are too many", async () => {
  let read = 0;
  const { count } = await countAll(["a ".repeat(50), "b ".repeat(1_000_000), "c"], 100, (text) => {
    read += text.length;
    return words(text);
  });
  expect(count).toBeGreaterThan(100);
  expect(read).toBeLessThan(3 * pieceChars);
});

test("others run meanwhile, and a caller who leaves ends it", async () => {
  const leaving = new AbortController();
  let turns = 0;
  const turn = () => (++turns < 5 ? setImmediate(turn) : leaving.abort());
  setImmediate(turn);
  const counting = countTokens(["a ".repeat(1_000_000)], {
    tokenize: words,
    tokensMax: Infinity,
    signal: leaving.signal,
  });
  expect(await counting.catch((error: unknown) => error)).toMatchObject({ code: "client_closed_request" });
});
