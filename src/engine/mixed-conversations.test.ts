import { expect, test } from "bun:test";
import { collect, completionRequest, never, startTestEngine } from "../testing/engine.ts";
import { chooseSeed, seededRandom } from "../testing/random.ts";
import type { EngineClient } from "./index.ts";

const cacheBytes = 400_000;

test.each(["llama", "mamba"] as const)(
  "conversations of four projects in three slots of a %s model, with branches, yields and callers who leave, answer as alone",
  async (architecture) => {
    const next = seededRandom(chooseSeed("mixed conversations"));
    const below = (count: number) => Math.floor(next() * count);
    const alone = await startTestEngine({ architecture, slots: 1, promptCacheBytesMax: 0 });
    const mixed = await startTestEngine({ architecture, slots: 3, promptCacheBytesMax: cacheBytes, patienceMs: 10 });
    try {
      for (const { engine } of [alone, mixed]) await engine.whenReady(15_000);
      const [one, many] = [alone.client(), mixed.client()];
      const asked: { text: string; count: number; answer: string }[] = [];
      const talk = async (name: number) => {
        const project = `p${name % 4}`;
        let text = `Talk ${name}. `.repeat(10 + below(30));
        for (let turn = 0; turn < 5; turn++) {
          const count = 4 + below(30);
          if (below(4) === 0)
            await ask(many, { text: `${text}Gone`, project, count: 200, signal: AbortSignal.timeout(1 + below(15)) });
          const answer = await ask(many, { text, project, count });
          asked.push({ text, count, answer });
          const branch = `${text.slice(0, 60 + below(100))}${turn}, again. `;
          text = below(3) === 0 ? branch : `${text}${answer} Next. `.slice(-850);
        }
      };
      await Promise.all(Array.from({ length: 12 }, (_, name) => talk(name)));
      let others = 0;
      for (const { text, count, answer } of asked)
        if (answer !== (await ask(one, { text, project: "alone", count }))) others++;
      // Of two tokens that are almost as likely, a batch's last digits may choose the other one.
      expect(others).toBeLessThanOrEqual(2);
      expect(mixed.lines.filter((line) => /state|error/.test(line))).toEqual([]);
      const { live } = await mixed.engine.status();
      expect(live?.promptCacheBytes).toBeWithin(1, cacheBytes + 1);
      expect(live?.promptTokensCached).toBeGreaterThan(1000);
    } finally {
      await alone.close();
      await mixed.close();
    }
  },
);

async function ask(
  client: EngineClient,
  { text, project, count, signal = never() }: { text: string; project: string; count: number; signal?: AbortSignal },
): Promise<string> {
  const request = completionRequest(text, { maxOutputTokens: count, sampling: { temperature: 0 } });
  return (await collect(client.complete(request, { signal, tenant: { project, keyId: "k" } }))).texts[0] ?? "";
}
