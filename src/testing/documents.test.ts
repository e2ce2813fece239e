import { afterAll, describe, expect, test } from "bun:test";
import { Glob } from "bun";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readBlocks, type DocumentBlock } from "./document-blocks.ts";
import { DocumentRun } from "./document-run.ts";

// Every block of shell and YAML in the documents is run against a real server, or says why it is not.

const root = join(import.meta.dir, "..", "..");
const documents = ["README.md", ...new Glob("docs/**/*.md").scanSync(root)].toSorted();

/** Blocks of the README, by how they begin, that cannot be run here. */
const notRunOfReadme: readonly [start: string, reason: string][] = [
  ["git clone ", "it clones, installs and serves until it is stopped: src/testing/week.pg.test.ts does it"],
  ["npm run sahab -- chat nano", "it needs a terminal (chat), and looks for vendors over the internet (doctor)"],
  ["export SAHAB_PORT=9000", "src/testing/readme-start.test.ts runs the lines above with another port and folder"],
  ["npm run sahab -- pull hf.co", "it fetches from a hub over the internet; src/cli/pull.test.ts has hubs of its own"],
  ["DEEPSEEK_API_KEY=sk-", "it serves until it is stopped; the server of the test has the key"],
  [
    "npm run sahab -- apply -f cloud.yaml --dry-run ",
    "it asks vendors over the internet (provider test); docs/week.md applies",
  ],
];

function blocksOf(name: string): DocumentBlock[] {
  return readBlocks(readFileSync(join(root, name), "utf8")).map((block) => {
    const known = name === "README.md" ? notRunOfReadme.find(([start]) => block.text.startsWith(start)) : undefined;
    return known === undefined ? block : { ...block, notRun: known[1] };
  });
}

/** Documents that make keys, whose names must be nobody else's, have a server of their own. */
const needsOwnServer = (blocks: readonly DocumentBlock[]) =>
  blocks.some(({ text, notRun }) => notRun === undefined && text.includes(" key create "));

describe("each command and configuration does what its document says", () => {
  const named = documents.filter((name) => blocksOf(name).some(({ notRun }) => notRun === undefined));
  let shared: DocumentRun | undefined;
  afterAll(() => shared?.close());

  test.each(named)("%s", async (name) => {
    const blocks = blocksOf(name);
    const isAlone = needsOwnServer(blocks);
    const run = isAlone ? await DocumentRun.start({ isBare: true }) : (shared ??= await DocumentRun.start());
    try {
      expect(await run.run(blocks)).toEqual([]);
    } finally {
      if (isAlone) await run.close();
    }
  });
});

test("few blocks are not run, and each says why", () => {
  const all = documents.flatMap((name) => blocksOf(name).map((block) => ({ name, ...block })));
  const left = all.filter(({ notRun }) => notRun !== undefined);
  console.log(`${all.length - left.length} of ${all.length} blocks are run`);
  for (const { name, line, notRun = "" } of left) console.log(`  ${name}:${line} is not: ${notRun}`);
  expect(left.filter(({ notRun = "" }) => notRun.split(" ").length < 4)).toEqual([]);
  expect(left.length).toBeLessThan(all.length / 3);
  for (const [start] of notRunOfReadme)
    expect({ start, isThere: blocksOf("README.md").some(({ text }) => text.startsWith(start)) }).toEqual({
      start,
      isThere: true,
    });
});

test("marks and blocks are read from a document", () => {
  const text =
    "<!-- not run: it needs a disk -->\n\n```sh\nnpm x\n```\n1. <!-- fails: no -->\n\n   ```yaml\n   a: 1\n   ```\n```ts\nx\n```";
  expect(readBlocks(text)).toEqual([
    { language: "sh", text: "npm x\n", line: 4, notRun: "it needs a disk" },
    { language: "yaml", text: "a: 1\n", line: 9 },
  ]);
  expect(readBlocks("<!-- fails: no -->\n```bash\nx\n```")[0]).toMatchObject({ fails: "no" });
  expect(() => readBlocks("```sh\nx")).toThrow("without an end");
});
