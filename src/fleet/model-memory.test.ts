import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { must } from "../base/assert.ts";
import { collect, completionRequest, never, startTestEngine } from "../testing/engine.ts";
import { residentBytes } from "../testing/engine-memory.ts";
import { writeRandomModel } from "../testing/gguf/random-model.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { estimateModel } from "./model-memory.ts";

const folder = makeTemporaryFolder();
afterAll(() => removeTemporaryFolder(folder));

test.skipIf(process.platform !== "linux")(
  "what a model reserves that ranks documents holds when it has ranked a long one",
  async () => {
    const file = join(folder, "ranks.gguf");
    const size = { hidden: 256, layers: 3, heads: 8, kvHeads: 8, feedForward: 2048 };
    await writeRandomModel(file, { architecture: "qwen3", size, isRepeated: true });
    const running = await startTestEngine({ file, contextTokens: 2048, slots: 1 });
    try {
      await running.engine.whenReady(15_000);
      const client = running.client();
      const prompt = Array.from({ length: 2000 }, (_, index) => 40 + (index % 80));
      await collect(client.complete(completionRequest(prompt, { maxOutputTokens: 1 }), { signal: never() }));
      const pid = must((await running.engine.status()).pid, "it runs");
      const before = residentBytes(pid);
      const documents = ["long ".repeat(380)];
      await client.rank(
        {
          dialect: "openai-chat",
          model: "test",
          query: "x",
          documents,
          topN: undefined,
          returnDocuments: undefined,
          extensions: {},
        },
        { signal: never() },
      );
      const settings = { file, context: 2048, slots: 1, cache_ram: 0 };
      const { bytes } = await estimateModel((path) => path, settings);
      const held = residentBytes(pid);
      // The ranking takes a good part of it.
      expect(held - before).toBeGreaterThan(0.2 * bytes);
      expect(held / bytes).toBeWithin(0.85, 1.03);
    } finally {
      await running.close();
    }
  },
);
