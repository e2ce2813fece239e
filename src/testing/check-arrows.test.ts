import { afterAll, expect, test } from "bun:test";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeTemporaryFolder, removeTemporaryFolder } from "./temporary-folder.ts";

// The check of the arrows between folders, run on this tree and on small trees that break a rule.

const root = join(import.meta.dir, "..", "..");
const folder = makeTemporaryFolder();
afterAll(() => removeTemporaryFolder(folder));

async function check(tree: string): Promise<{ status: number; text: string }> {
  const child = Bun.spawn([process.execPath, join(tree, "tools", "check-arrows.ts")], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, error, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { status, text: out + error };
}

let trees = 0;
function makeTree(files: Record<string, string>): string {
  const tree = join(folder, String(trees++));
  cpSync(join(root, "tools", "check-arrows.ts"), join(tree, "tools", "check-arrows.ts"));
  mkdirSync(join(tree, "src"), { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(tree, "src", path, ".."), { recursive: true });
    writeFileSync(join(tree, "src", path), text);
  }
  return tree;
}

test("this tree has no forbidden arrow", async () => {
  expect(await check(root)).toMatchObject({ status: 0 });
});

test("every kind of forbidden import is found", async () => {
  const wrong: [string, string, string][] = [
    ["base/a.ts", 'import { x } from "../call/index.ts";\nconsole.log(x);', "call"],
    ["call/a.ts", 'import type { X } from "../ledger/index.ts";\nexport type Y = X;', "ledger"],
    ["vendor/a.ts", 'export { x } from "../gateway/index.ts";', "gateway"],
    ["ledger/store/a.ts", 'import {\n  x,\n  type Y,\n} from "../../server/index.ts";\nconsole.log(x as Y);', "server"],
    ["router/a.ts", 'const { x } = await import("../admin/index.ts");\nconsole.log(x);', "admin"],
    ["gateway/a.ts", 'import "../cli/main.ts";', "cli"],
    ["gateway/b.ts", 'import { x } from "../testing/x.ts";\nconsole.log(x);', "testing"],
    ["gateway/c.ts", 'import { x } from "../admin/index.ts";\nconsole.log(x);', "admin"],
    ["server/a.ts", 'import { x } from "../cli/index.ts";\nconsole.log(x);', "cli"],
    ["fleet/a.ts", 'import type { X } from "../config/index.ts";\nexport type Y = X;', "config"],
    ["dialect/a.ts", 'import { x } from "../transport/index.ts";\nconsole.log(x);', "transport"],
    ["transport/a.ts", 'import { x } from "../dialect/sse.ts";\nconsole.log(x);', "dialect"],
    ["transport/a.test.ts", 'import { x } from "../vendor/index.ts";\nconsole.log(x);', "vendor"],
    ["unheard-of/a.ts", 'import { x } from "../base/index.ts";\nconsole.log(x);', "base"],
  ];
  const results = await Promise.all(wrong.map(([path, text]) => check(makeTree({ [path]: text }))));
  for (const [index, [path, , to]] of wrong.entries()) {
    expect({ path, ...results[index] }).toMatchObject({ path, status: 1 });
    expect(results[index]?.text).toContain(`src/${path} imports src/${to}`);
  }
});

test("what is allowed passes: downwards, within a folder, packages, and tests that use testing", async () => {
  const tree = makeTree({
    "gateway/a.ts":
      'import { x } from "../ledger/index.ts";\nimport { y } from "./b.ts";\nimport z from "zod";\nconsole.log(x, y, z);',
    "gateway/a.test.ts": 'import { x } from "../testing/x.ts";\nconsole.log(x);',
    "testing/x.ts": 'import { x } from "../cli/main.ts";\nexport { x };',
    "admin/a.ts": 'import { x } from "../fleet/index.ts";\nimport { y } from "../config/index.ts";\nconsole.log(x, y);',
    "cli/up.ts": 'const { x } = await import("../server/index.ts");\nconsole.log(x);',
  });
  expect(await check(tree)).toMatchObject({ status: 0 });
});

test("a circle of imports between files is found and printed, one by types, too", async () => {
  const circle = await check(
    makeTree({
      "ledger/a.ts": 'import { b } from "./store/b.ts";\nexport const a = () => b;',
      "ledger/store/b.ts": 'export { c as b } from "../c.ts";',
      "ledger/c.ts": 'import { a } from "./a.ts";\nexport const c = () => a;',
      "ledger/d.ts": 'import { a } from "./a.ts";\nexport const d = a;',
    }),
  );
  expect(circle.status).toBe(1);
  expect(circle.text).toContain(
    "circle of imports: src/ledger/a.ts → src/ledger/store/b.ts → src/ledger/c.ts → src/ledger/a.ts",
  );
  expect(circle.text).toContain("0 forbidden arrows, 1 circles");
  const types = makeTree({
    "ledger/a.ts": 'import type { B } from "./b.ts";\nexport type A = B | 1;\nexport const a = 1;',
    "ledger/b.ts": 'import { a, type A } from "./a.ts";\nexport type B = A[];\nexport const b = a;',
  });
  expect((await check(types)).status).toBe(1);
});

test("an empty tree is a mistake, not a success", async () => {
  expect(await check(makeTree({}))).toMatchObject({ status: 1 });
});
