import { afterAll, expect, test } from "bun:test";
import type { Token } from "node-llama-cpp";
import { completionRequest, collect, never, startTestEngine } from "../../testing/engine.ts";
import { openTestContext, tokensOf, write } from "../../testing/llama-context.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { draftFrom } from "./ngram-draft.ts";

const folder = makeTemporaryFolder();
afterAll(() => removeTemporaryFolder(folder));

const textOf = (tokens: readonly Token[]) => Buffer.from(tokens).toString();

test("the guess is what followed the same tokens the last time", () => {
  const draft = (text: string, sizeN: number, sizeM: number) => textOf(draftFrom(tokensOf(text), { sizeN, sizeM }));
  expect(draft("abcdef abcdeg abc", 3, 2)).toBe("de");
  expect(draft("xyz1 xyz2 xyz", 3, 1)).toBe("2");
  expect(draft("no such thing", 3, 4)).toBe("");
  expect(draft("ab", 3, 4)).toBe("");
  expect(draft("aaaa", 1, 4)).toBe("a");
});

test("an answer with guesses, right and wrong, is the same as without, in fewer steps", async () => {
  const opened = await openTestContext(folder, { slots: 1 });
  const [sequence] = opened.sequences;
  const prompt = tokensOf("Guess");
  const whole = await write(opened, sequence!, { prompt, count: 40 });
  const plain = opened.steps.length;
  sequence!.clear();
  opened.steps.length = 0;
  const guessed = await write(opened, sequence!, {
    prompt,
    count: 40,
    // Three right ones, then a wrong one.
    draft: (written) => [...whole.slice(written, written + 3), (((whole[written + 3] ?? 0) + 1) % 256) as Token],
  });
  expect(guessed).toEqual(whole);
  expect(opened.steps.length).toBeLessThan(plain / 3);
  expect(sequence!.tokens).toEqual([...prompt, ...whole.slice(0, 39)]);
});

test("an engine that guesses ahead answers the same, penalties and seeds included", async () => {
  const texts: unknown[] = [];
  for (const ngrams of [undefined, { sizeN: 1, sizeM: 6 }]) {
    const running = await startTestEngine({ slots: 1, ...(ngrams && { ngrams }) });
    try {
      await running.engine.whenReady(15_000);
      const client = running.client();
      for (const sampling of [{ temperature: 0 }, { seed: 3 }, { seed: 4, frequencyPenalty: 0.5 }]) {
        const answer = await collect(
          client.complete(completionRequest("over and over and over", { maxOutputTokens: 120, sampling }), {
            signal: never(),
          }),
        );
        texts.push([answer.texts, answer.usage?.outputTokens]);
      }
    } finally {
      await running.close();
    }
  }
  expect(texts.slice(3)).toEqual(texts.slice(0, 3));
});
