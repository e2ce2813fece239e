// Fails when a folder imports one that it may not import, or when files import each other in a circle. ARCHITECTURE.md
// draws the same arrows for readers.
import { Glob } from "bun";
import { dirname, join, relative } from "node:path";

/** Folders under src/ in rows. A folder may import every folder of a later row, and none of its own row. */
const rows = [
  ["cli", "server"],
  ["admin", "console", "gateway"],
  ["fleet", "config", "connect", "planner"],
  ["vendor", "engine", "guard", "ledger", "router"],
  ["transport", "dialect"],
  ["http"],
  ["call"],
  ["base"],
];
const folders = rows.flat();
/** Folder → folders that it may import besides itself. */
const allowed = new Map(
  rows.flatMap((row, index) => row.map((folder) => [folder, new Set(rows.slice(index + 1).flat())])),
);
// `sahab up` starts the server in its own process.
allowed.get("cli")?.add("server");
allowed.set("testing", new Set(folders));

const root = join(import.meta.dir, "..", "src");
const transpiler = new Bun.Transpiler({ loader: "ts" });
const problems: string[] = [];
/** File → files that it imports. */
const graph = new Map<string, string[]>();

for (const file of [...new Glob("**/*.ts").scanSync(root)].toSorted()) {
  const from = folderOf(file);
  const isTest = file.endsWith(".test.ts");
  const source = await Bun.file(join(root, file)).text();
  // scanImports leaves out imports of types only, and an arrow is an arrow whether it carries a value or a type.
  const words = [...source.matchAll(/^(?:import|export)\s[^;"']*?from\s+["']([^"']+)["']/gm)];
  const names = [...transpiler.scanImports(source).map((found) => found.path), ...words.map((found) => found[1] ?? "")];
  const targets = [...new Set(targetsOf(file, names))];
  graph.set(file, targets);
  for (const to of new Set(targets.map(folderOf))) {
    if (to === from || allowed.get(from)?.has(to) || (isTest && to === "testing")) continue;
    const others = [...(allowed.get(from) ?? [])].join(", ") || "nothing";
    problems.push(`src/${file} imports src/${to} (allowed from ${from}: ${others})`);
  }
}

const circles = findCircles(graph);
for (const circle of circles) problems.push(`circle of imports: ${circle.map((file) => `src/${file}`).join(" → ")}`);
if (graph.size === 0) problems.push("no source files found under src/");
for (const problem of problems) console.error(problem);
console.log(`${graph.size} files, ${problems.length - circles.length} forbidden arrows, ${circles.length} circles`);
process.exit(problems.length === 0 ? 0 : 1);

function folderOf(file: string): string {
  return file.split("/")[0] ?? "";
}

/** The files under src/ that the relative ones among these names lead to. */
function targetsOf(file: string, names: string[]): string[] {
  return names
    .filter((name) => name.startsWith("."))
    .map((name) => relative(root, join(root, dirname(file), name)))
    .filter((target) => !target.startsWith(".."));
}

/** Circles of a graph, each with its first file again at the end. Where circles overlap, at least one of them is found. */
function findCircles(imports: Map<string, string[]>): string[][] {
  const found: string[][] = [];
  const visited = new Set<string>();
  const path: string[] = [];
  const visit = (file: string) => {
    const start = path.indexOf(file);
    if (start !== -1) found.push([...path.slice(start), file]);
    if (visited.has(file)) return;
    visited.add(file);
    path.push(file);
    for (const target of imports.get(file) ?? []) visit(target);
    path.pop();
  };
  for (const file of imports.keys()) visit(file);
  return found;
}
