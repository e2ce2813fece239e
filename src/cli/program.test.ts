import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative } from "node:path";

const root = join(import.meta.dir, "..");
const transpiler = new Bun.Transpiler({ loader: "ts" });

/** Each file and package that is loaded before a command runs: what `import()` names is not among them. */
function loadedBy(file: string, loaded = new Set<string>()): Set<string> {
  const name = relative(root, file);
  if (loaded.has(name)) return loaded;
  loaded.add(name);
  for (const { kind, path } of transpiler.scanImports(readFileSync(file, "utf8"))) {
    if (kind !== "import-statement" || path.endsWith(".json")) continue;
    if (path.startsWith(".")) loadedBy(join(dirname(file), path), loaded);
    else loaded.add(path);
  }
  return loaded;
}

test("no command waits for code that only others need", () => {
  const loaded = [...loadedBy(join(root, "cli", "main.ts"))];
  const own = /^(?:cli|base|connect|server|transport)\//;
  const isBuiltIn = (name: string) => builtinModules.includes(name.replace(/^node:/, "")) || name.startsWith("bun");
  expect(loaded.filter((name) => !own.test(name) && !isBuiltIn(name))).toEqual(["commander"]);
  // Measured: 160. The configuration alone would be 550.
  expect(loaded.length).toBeGreaterThan(40);
  expect(loaded.length).toBeLessThan(180);
});
