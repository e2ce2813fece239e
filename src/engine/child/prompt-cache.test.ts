import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { openTestContext, tokensOf, write } from "../../testing/llama-context.ts";
import { openStateFiles } from "./llama/state-file.ts";
import { entriesMax, PromptCache, worthKeepingTokens } from "./prompt-cache.ts";

const folder = makeTemporaryFolder();
afterAll(() => removeTemporaryFolder(folder));
let opened: Awaited<ReturnType<typeof openTestContext>>;
beforeAll(async () => {
  opened = await openTestContext(folder, { slots: 2, contextTokens: 512 });
});

const cacheOf = (bytesMax: number) =>
  new PromptCache(openStateFiles(folder), { bytesMax, contextTokens: 512, memory: opened.memory });
const conversation = (name: string, length = 200) => tokensOf(`${name}: `.repeat(200).slice(0, length));

async function holding(prompt: ReturnType<typeof tokensOf>) {
  const sequence = opened.sequences[0]!;
  sequence.clear();
  await write(opened, sequence, { prompt, count: 1 });
  return sequence;
}

test("a state that was kept goes on in another sequence as it would have gone on", async () => {
  const cache = cacheOf(1e9);
  const prompt = conversation("one");
  const sequence = await holding(prompt);
  const whole = await write(opened, sequence, { prompt: [...prompt, ...tokensOf("!")], count: 8 });
  await holding(prompt);
  await cache.save("a", sequence);
  await holding(conversation("other"));
  const other = opened.sequences[1]!;
  const found = cache.find("a", [...prompt, ...tokensOf("!")])!;
  expect(found.common).toBe(prompt.length);
  await cache.restore(found.entry, other);
  expect(other.tokens).toEqual(prompt);
  expect(await write(opened, other, { prompt: [...prompt, ...tokensOf("!")], count: 8 })).toEqual(whole);
});

test("a state is found by its own project alone", async () => {
  const cache = cacheOf(1e9);
  const prompt = conversation("secret");
  await cache.save("a", await holding(prompt));
  expect(cache.find("b", prompt)).toBeUndefined();
  expect(cache.find("a", prompt)?.common).toBe(prompt.length - 1);
});

test("a conversation is kept once, as it was last", async () => {
  const cache = cacheOf(1e9);
  const short = conversation("one", 100);
  const long = conversation("one", 220);
  await cache.save("a", await holding(short));
  await cache.save("a", await holding(long));
  expect(cache.size).toBe(1);
  expect(cache.find("a", [...long, ...tokensOf("?")])?.common).toBe(long.length);
  await cache.save("a", await holding(short));
  expect(cache.size).toBe(1);
  await cache.save("b", await holding(short));
  expect(cache.size).toBe(2);
});

test("the least recently used go where the bound is reached, and nothing is kept beyond it", async () => {
  const probe = cacheOf(1e9);
  await probe.save("a", await holding(conversation("size")));
  const one = probe.bytes;
  const cache = cacheOf(one * 2.5);
  const names = ["one", "two", "three"];
  for (const name of names.slice(0, 2)) await cache.save("a", await holding(conversation(name)));
  await cache.restore(cache.find("a", conversation("one"))!.entry, opened.sequences[1]!);
  await cache.save("a", await holding(conversation("three")));
  expect(cache.bytes).toBeLessThanOrEqual(one * 2.5);
  expect(names.map((name) => (cache.find("a", conversation(name))?.common ?? 0) > 100)).toEqual([true, false, true]);
  const none = cacheOf(0);
  await none.save("a", await holding(conversation("one")));
  expect(none.size).toBe(0);
  const small = cacheOf(one / 2);
  await small.save("a", await holding(conversation("one")));
  expect(small.bytes).toBe(0);
});

test("a state that is about to be restored is not given up for what is kept in its place", async () => {
  const probe = cacheOf(1e9);
  await probe.save("a", await holding(conversation("size")));
  const cache = cacheOf(probe.bytes * 1.5);
  const prompt = conversation("one");
  await cache.save("a", await holding(prompt));
  const { entry } = cache.find("a", prompt)!;
  const sequence = await holding(conversation("other"));
  await cache.save("b", sequence, { spared: entry });
  await cache.restore(entry, sequence);
  expect(sequence.tokens).toEqual(prompt);
  expect(cache.bytes).toBeLessThanOrEqual(probe.bytes * 1.5);
  expect(cache.size).toBe(1);
});

test("a conversation that is too long to be kept costs others nothing", async () => {
  const probe = cacheOf(1e9);
  await probe.save("a", await holding(conversation("size")));
  const cache = cacheOf(probe.bytes * 1.5);
  await cache.save("a", await holding(conversation("one")));
  await cache.save("a", await holding(conversation("long", 400)));
  expect(cache.size).toBe(1);
  expect(cache.find("a", conversation("one"))?.common).toBeGreaterThan(100);
});

test("states are kept in a bounded number of files", async () => {
  const cache = cacheOf(1e9);
  const sequence = opened.sequences[0]!;
  for (let i = 0; i < entriesMax + 2; i++) {
    // The first of them was `x0`, whose tokens are not the beginning of others.
    await holding(conversation(`x${i}`, worthKeepingTokens));
    await cache.save("a", sequence);
  }
  expect(cache.size).toBe(entriesMax);
});

test("a state that cannot be restored is given up", async () => {
  const cache = cacheOf(1e9);
  const prompt = conversation("damaged");
  const sequence = await holding(prompt);
  await cache.save("a", sequence);
  const { entry } = cache.find("a", prompt)!;
  writeFileSync(entry.file.path, "no state");
  expect(await cache.restore(entry, sequence).catch(() => "failed")).toBe("failed");
  expect([cache.size, cache.bytes, sequence.length]).toEqual([0, 0, 0]);
});

test("a recurrent model's state is as large for a long conversation as for a short one", async () => {
  const recurrent = await openTestContext(folder, { slots: 1, architecture: "mamba" });
  const sequence = recurrent.sequences[0]!;
  const memory = { windowTokens: undefined, isRecurrent: true };
  const keep = async (cache: PromptCache, length: number) => {
    sequence.clear();
    await write(recurrent, sequence, { prompt: conversation("long", length), count: 1 });
    await cache.save("a", sequence);
  };
  const probe = new PromptCache(openStateFiles(folder), { bytesMax: 1e9, contextTokens: 512, memory });
  await keep(probe, worthKeepingTokens);
  const cache = new PromptCache(openStateFiles(folder), { bytesMax: probe.bytes * 2, contextTokens: 512, memory });
  await keep(cache, worthKeepingTokens);
  await keep(cache, 500);
  expect(cache.find("a", conversation("long", 510))?.common).toBe(500);
});
