import { afterEach, beforeEach, expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readGguf } from "../engine/index.ts";
import { writeRandomModel } from "../testing/gguf/random-model.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { builtInFile, placeBuiltInModel } from "./index.ts";

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
