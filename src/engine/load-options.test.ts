import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { chatRequest, collect, never, startTestEngine } from "../testing/engine.ts";
import { writeRandomLora } from "../testing/gguf/random-lora.ts";
import { writeRandomModel } from "../testing/gguf/random-model.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import type { EngineOptions } from "./index.ts";

// How a model is loaded: its cache of keys and values, and adapters.

const folder = makeTemporaryFolder();
afterAll(() => removeTemporaryFolder(folder));

/** What an engine that was loaded so answers to a question. */
async function answerWith(options: Partial<EngineOptions>): Promise<string> {
  const running = await startTestEngine({ contextTokens: 256, slots: 1, ...options });
  try {
    await running.engine.whenReady(20_000);
    const request = chatRequest("Hello", { sampling: { temperature: 0 }, maxOutputTokens: 24 });
    return (await collect(running.client().chat(request, { signal: never() }))).texts[0] ?? "";
  } finally {
    await running.close();
  }
}

test("keys and values are kept in the types that are asked for", async () => {
  const file = join(folder, "wide.gguf");
  await writeRandomModel(file, { architecture: "llama", seed: 7, size: { hidden: 256 } });
  const usual = await answerWith({ file });
  expect(await answerWith({ file, cacheTypeK: "f16", cacheTypeV: "f16" })).toBe(usual);
  // Another precision makes other numbers, with random weights soon other texts.
  const small = await answerWith({ file, cacheTypeK: "q4_0", cacheTypeV: "q4_0" });
  expect(small).toHaveLength(usual.length);
  expect(small).not.toBe(usual);
});

test("a type that the model's heads do not fit is an error of its loading", async () => {
  // Its heads have 16 numbers, and blocks of that type 32.
  const failed = await answerWith({ cacheTypeK: "q8_0" }).catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: "invalid_request" });
  expect((failed as Error).message).toContain("Cannot give 1 slots of 256 tokens each");
  expect((failed as Error).message).toContain(
    "cache_type_k is q8_0 and cache_type_v f16: some models take the same type",
  );
});

test("an adapter changes the answers, by its scale", async () => {
  const lora = join(folder, "lora.gguf");
  writeRandomLora(lora);
  const plain = await answerWith({});
  expect(await answerWith({ loras: [{ file: lora, scale: 1 }] })).not.toBe(plain);
  expect(await answerWith({ loras: [{ file: lora, scale: 0 }] })).toBe(plain);
});
