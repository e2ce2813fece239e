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

test.each(["llama", "deepseek2", "qwen3"] as const)(
  "eight conversations in two slots of a %s model are read once, and answer the same as alone",
  async (architecture) => {
    const client = await start({ architecture, slots: 2, sandbox: "auto" });
    const texts = Array.from({ length: 8 }, (_, i) => `Conversation ${i}. `.repeat(12));
    const lengths: number[] = [];
    for (const text of texts) lengths.push(read(await ask(client, text)));
    for (const [i, text] of texts.entries())
      expect(cached(await ask(client, `${text}And so on.`))).toBeGreaterThan((lengths[i] ?? 0) - 8);
    const status = await client.status({ signal: never() });
    expect(status.promptCacheBytes).toBeGreaterThan(0);
  },
  30_000,
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
