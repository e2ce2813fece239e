// Fails when a folder imports one that it may not look at. ARCHITECTURE.md draws the same arrows for readers.
import { Glob } from "bun";
import { dirname, join, relative } from "node:path";

const pure = ["call", "base"];
const dialects = ["dialect", ...pure];
const parts = ["vendor", "router", "ledger", "guard", "engine"];
/** Folder under src/ → folders that it may import, itself always included. */
const allowed: Record<string, string[]> = {
  base: [],
  call: ["base"],
  dialect: pure,
  vendor: dialects,
  router: dialects,
  ledger: dialects,
  guard: dialects,
  engine: dialects,
  fleet: [...parts, ...dialects],
  gateway: [...parts, ...dialects],
  admin: ["fleet", ...parts, ...dialects],
  server: ["admin", "gateway", "fleet", ...parts, ...dialects],
  cli: ["server", "admin", "gateway", "fleet", ...parts, ...dialects],
  testing: ["server", "admin", "gateway", "fleet", "cli", ...parts, ...dialects],
};

const root = join(import.meta.dir, "..", "src");
const transpiler = new Bun.Transpiler({ loader: "ts" });
const wrong: string[] = [];
let files = 0;

for (const file of new Glob("**/*.ts").scanSync(root)) {
  files++;
  const from = file.split("/")[0] ?? "";
  const isTest = file.endsWith(".test.ts");
  const source = await Bun.file(join(root, file)).text();
  // scanImports drops type-only imports; an arrow is an arrow, so they are found by their words.
  const names = new Set(transpiler.scanImports(source).map((found) => found.path));
  for (const found of source.matchAll(/^(?:import|export)\s[^;"']*?from\s+["']([^"']+)["']/gm))
    names.add(found[1] ?? "");
  for (const name of names) {
    if (!name.startsWith(".")) continue;
    const target = relative(root, join(root, dirname(file), name));
    if (target.startsWith("..")) continue;
    const to = target.split("/")[0] ?? "";
    if (to === from) continue;
    if (isTest && to === "testing") continue;
    if (!(allowed[from] ?? []).includes(to))
      wrong.push(`src/${file} imports src/${to} (allowed from ${from}: ${allowed[from]?.join(", ") || "nothing"})`);
  }
}

if (files === 0) wrong.push("no source files found under src/");
for (const line of wrong) console.error(line);
console.log(`${files} files, ${wrong.length} forbidden arrows`);
process.exit(wrong.length === 0 ? 0 : 1);
