import { afterEach, beforeEach, expect, test } from "bun:test";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readGguf } from "../engine/index.ts";
import { writeRandomLora } from "../testing/gguf/random-lora.ts";
import { writeRandomModel, writeRandomParts } from "../testing/gguf/random-model.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { sourcesOf } from "../testing/model-sources.ts";
import { builtInFile, checkLoraFile, checkModelFile, placeBuiltInModel } from "./index.ts";

let folder: string;
beforeEach(() => {
  folder = makeTemporaryFolder();
});
afterEach(() => removeTemporaryFolder(folder));

const place = async () => {
  await placeBuiltInModel(folder);
  expect(readdirSync(folder)).toEqual([builtInFile]);
  return (await readGguf(join(folder, builtInFile))).metadata["general.name"];
};

test("the model that comes with Sahab is put into an empty folder, once", async () => {
  expect(await place()).toBe("Sahab nano");
  const first = statSync(join(folder, builtInFile));
  expect(first.mode & 0o777).toBe(0o600);
  expect(await place()).toBe("Sahab nano");
  expect(statSync(join(folder, builtInFile)).ino).toBe(first.ino);
});

test("an earlier version's model is replaced, and so is what an interrupted start left", async () => {
  await writeRandomModel(join(folder, builtInFile), { architecture: "deepseek2" });
  writeFileSync(join(folder, `${builtInFile}.part`), "half of a model", { mode: 0o400 });
  expect(await place()).toBe("Sahab nano");
  const bytes = readFileSync(join(folder, builtInFile));
  const changed = Buffer.from(bytes);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  writeFileSync(join(folder, builtInFile), changed);
  await place();
  expect(readFileSync(join(folder, builtInFile)).equals(bytes)).toBeTrue();
});

test("a user's own file of that name stays", async () => {
  await writeRandomModel(join(folder, builtInFile), { architecture: "llama" });
  expect(await place()).toBe("random llama");
});

test("a file of the configuration is checked with all of its parts, and with its chat template", async () => {
  const problem = (file: string) =>
    checkModelFile(sourcesOf(folder), "m", file).then((warnings) => warnings.join("; ") || "none", String);
  writeRandomParts(
    ["a-00001-of-00002.gguf", "a-00002-of-00002.gguf"].map((name) => join(folder, name)),
    { architecture: "llama" },
  );
  expect(await problem("a-00002-of-00002.gguf")).toBe("none");
  rmSync(join(folder, "a-00001-of-00002.gguf"));
  expect(await problem("a-00002-of-00002.gguf")).toContain(`1 are missing: ${join(folder, "a-00001-of-00002.gguf")}`);
  await writeRandomModel(join(folder, "b.gguf"), { architecture: "llama", chatTemplate: "{% if messages %}" });
  expect(await problem("b.gguf")).toContain("b.gguf has a chat template that cannot be read: it ends before");
  expect(await problem("c.gguf")).toContain("there is no file");
  await writeRandomModel(join(folder, "d.gguf"), { architecture: "llama", chatTemplate: "{{- 'the same' }}" });
  expect(await problem("d.gguf")).toBe('models "m": the chat template: it leaves out what the user says');
});

test("an adapter of the configuration must be there, be one, and be for models of that architecture", async () => {
  await writeRandomModel(join(folder, "base.gguf"), { architecture: "llama" });
  writeRandomLora(join(folder, "lora.gguf"));
  writeRandomLora(join(folder, "other.gguf"), { architecture: "qwen3" });
  writeFileSync(join(folder, "odd.gguf"), "no model");
  const problem = (file: string) => checkLoraFile(sourcesOf(folder), "m", file, "base.gguf").then(() => "none", String);
  expect(await problem("lora.gguf")).toBe("none");
  expect(await problem("gone.gguf")).toContain(`models "m": lora: there is no file ${join(folder, "gone.gguf")}`);
  expect(await problem("base.gguf")).toContain("base.gguf is no LoRA adapter in GGUF");
  expect(await problem("odd.gguf")).toContain("odd.gguf");
  expect(await problem("other.gguf")).toContain("of the architecture qwen3, and base.gguf is of llama");
  expect(await problem("../lora.gguf")).toContain("leads out of");
});
