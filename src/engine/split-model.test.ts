import { afterAll, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { chatRequest, collect, never, startTestEngine } from "../testing/engine.ts";
import { writeRandomParts } from "../testing/gguf/random-model.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";

const folder = makeTemporaryFolder();
afterAll(() => removeTemporaryFolder(folder));
const names = ["m-00001-of-00002.gguf", "m-00002-of-00002.gguf"].map((name) => join(folder, name));

test("a model in parts is loaded by any of them, and not without one", async () => {
  writeRandomParts(names, { architecture: "llama", seed: 7 });
  const running = await startTestEngine({ file: names[1] ?? "" });
  try {
    await running.engine.whenReady(15_000);
    const answer = await collect(running.client().chat(chatRequest("Hello"), { signal: never() }));
    expect(answer.usage?.outputTokens).toBe(20);
  } finally {
    await running.close();
  }
  rmSync(names[0] ?? "");
  const broken = await startTestEngine({ file: names[1] ?? "" });
  try {
    expect(await broken.engine.whenReady(15_000).catch(String)).toContain(`1 are missing: ${names[0]}`);
  } finally {
    await broken.close();
  }
});
