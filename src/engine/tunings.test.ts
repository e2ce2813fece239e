import { afterAll, expect, test } from "bun:test";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startTestEngine } from "../testing/engine.ts";
import { eventually } from "../testing/eventually.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { libraryVersion, Tunings } from "./tunings.ts";

const folder = makeTemporaryFolder();
afterAll(() => removeTemporaryFolder(folder));

const known = { threads: { one: 1, several: 1, prompt: 2 }, tokensPerS: { one: { 1: 5 }, several: {}, prompt: {} } };

test("what was measured of a file is known again until the file changes", () => {
  const model = join(folder, "model.gguf");
  writeFileSync(model, "weights");
  const path = join(folder, "tunings.json");
  new Tunings(path).set(model, known);
  expect(new Tunings(path).get(model)).toEqual(known);
  expect(new Tunings(path).get(join(folder, "none.gguf"))).toBeUndefined();
  appendFileSync(model, "!");
  expect(new Tunings(path).get(model)).toBeUndefined();
});

test.each(["", "[", "{}", "[[1]]", '[["x",{"threads":{"one":0,"several":1,"prompt":1}}]]', '[["x",null]]'])(
  "a file that is damaged (%s) counts as empty, and is replaced",
  (text) => {
    const model = join(folder, "whole.gguf");
    writeFileSync(model, "weights");
    const path = join(folder, "damaged.json");
    writeFileSync(path, text);
    const tunings = new Tunings(path);
    expect(tunings.get(model)).toBeUndefined();
    tunings.set(model, known);
    expect(tunings.get(model)).toEqual(known);
  },
);

test("an engine takes what is known, and measures what is not", async () => {
  const tuningsFile = join(folder, "kept.json");
  const running = await startTestEngine({ measured: true, tuningsFile });
  try {
    await running.engine.whenReady(15_000);
    const measured = await eventually("measured threads", async () => {
      const { tuning } = await running.engine.status();
      return tuning?.tuneMs === null ? undefined : tuning;
    });
    expect(Object.keys(measured!.tokensPerS.one)).toContain("1");
    await running.engine.stop({ graceMs: 0 });
    new Tunings(tuningsFile).set(join(running.folder, "model.gguf"), known);
    running.engine.start();
    await running.engine.whenReady(15_000);
    expect((await running.engine.status()).tuning).toMatchObject({ ...known, tuneMs: null });
  } finally {
    await running.close();
  }
});

test("what is remembered is of the library that is installed", () => {
  const { version } = JSON.parse(readFileSync(require.resolve("node-llama-cpp/package.json"), "utf8")) as {
    version: string;
  };
  expect(libraryVersion).toBe(version);
});
