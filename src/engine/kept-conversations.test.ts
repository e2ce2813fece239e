import { afterEach, expect, test } from "bun:test";
import { collect, completionRequest, never, startTestEngine } from "../testing/engine.ts";
import type { EngineClient } from "./index.ts";

type Running = Awaited<ReturnType<typeof startTestEngine>>;
let running: Running | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

async function start(options: Parameters<typeof startTestEngine>[0]): Promise<EngineClient> {
  running = await startTestEngine({ patienceMs: 50, ...options });
  await running.engine.whenReady(15_000);
  return running.client();
}

const ask = async (client: EngineClient, text: string, project = "one") =>
  await collect(
    client.complete(completionRequest(text, { maxOutputTokens: 4, sampling: { temperature: 0 } }), {
      signal: never(),
      tenant: { project, keyId: "k" },
    }),
  );

const read = (answer: Awaited<ReturnType<typeof ask>>) => answer.usage?.inputTokens ?? 0;
const cached = (answer: Awaited<ReturnType<typeof ask>>) => answer.usage?.cachedInputTokens ?? 0;

test.each(["llama", "deepseek2", "qwen3", "gemma3", "mamba"] as const)(
  "eight conversations in two slots of a %s model are read once, and answer the same as alone",
  async (architecture) => {
    const client = await start({ architecture, slots: 2, sandbox: "auto" });
    // Longer than gemma3's window of 512 tokens.
    const texts = Array.from({ length: 8 }, (_, i) =>
      `Conversation ${i}. `.repeat(architecture === "gemma3" ? 40 : 12),
    );
    const turns: { prompt: string; length: number }[] = [];
    for (const text of texts) {
      const first = await ask(client, text);
      turns.push({ prompt: `${text}${first.texts[0]}And so on.`, length: read(first) });
    }
    const answers = await Promise.all(turns.map(({ prompt }) => ask(client, prompt)));
    for (const [i, answer] of answers.entries()) expect(cached(answer)).toBeGreaterThan((turns[i]?.length ?? 0) - 8);
    const status = await client.status({ signal: never() });
    expect(status.promptCacheBytes).toBeGreaterThan(0);
    const alone = await Promise.all(turns.map(({ prompt }, i) => ask(client, prompt, `alone ${i}`)));
    expect(alone.map(cached)).toEqual(turns.map(() => 0));
    expect(answers.map(({ texts }) => texts)).toEqual(alone.map(({ texts }) => texts));
  },
);

test("a conversation does not take the state of another that shares its beginning, but a copy of it", async () => {
  const client = await start({ slots: 4 });
  const system = "A system prompt that all conversations share. ".repeat(6);
  const first = `${system}${"The first goes on for long. ".repeat(8)}`;
  const length = read(await ask(client, first));
  const second = await ask(client, `${system}Then the second.`);
  expect(cached(second)).toBeGreaterThan(read(second) - 20);
  expect(cached(await ask(client, `${first}More.`))).toBeGreaterThan(length - 8);
});

test("nothing of a project's conversations is found by another", async () => {
  const client = await start({ slots: 1 });
  const text = "What only one project has written. ".repeat(8);
  const length = read(await ask(client, text, "one"));
  const other = await ask(client, text, "two");
  expect(cached(other)).toBe(0);
  const again = await ask(client, text, "one");
  expect(cached(again)).toBeGreaterThan(length - 8);
  expect(again.texts).toEqual(other.texts);
});

test("nothing is kept where that is switched off", async () => {
  const client = await start({ slots: 1, promptCacheBytesMax: 0 });
  const text = "What has no place. ".repeat(12);
  await ask(client, text);
  await ask(client, "Something else. ".repeat(12));
  expect(cached(await ask(client, text))).toBeLessThan(10);
});

test("a conversation is found again where there is room for one state, and nothing of another takes its place", async () => {
  const text = (of: string) => `What ${of} has written, and nobody else. `.repeat(8);
  const probe = await start({ slots: 1 });
  const length = read(await ask(probe, text("one")));
  await ask(probe, text("two"), "two");
  const { promptCacheBytes } = await probe.status({ signal: never() });
  await running?.close();
  const client = await start({ slots: 1, promptCacheBytesMax: Math.round(promptCacheBytes * 1.5) });
  for (let round = 0; round < 3; round++)
    for (const of of ["one", "two"]) {
      const count = cached(await ask(client, text(of), of));
      if (round > 0 && of === "one") expect(count).toBeGreaterThan(length - 8);
      // Its own state, or none.
      if (count > 0) expect(count).toBeGreaterThan(length - 8);
    }
  expect((await client.status({ signal: never() })).promptCacheBytes).toBeLessThan(promptCacheBytes * 1.5);
});
