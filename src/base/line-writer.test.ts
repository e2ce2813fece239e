import { expect, test } from "bun:test";
import { join } from "node:path";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { LineWriter } from "./line-writer.ts";

const moduleOf = JSON.stringify(join(import.meta.dir, "line-writer.ts"));

/** A program that writes to its standard error by a LineWriter. */
function spawn(code: string) {
  const program = `const { LineWriter } = await import(${moduleOf}); ${code}`;
  return Bun.spawn([process.execPath, "-e", program], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
}

test("a reader that reads nothing holds nobody up; what it missed is dropped, counted and told", async () => {
  const folder = makeTemporaryFolder();
  const result = join(folder, "result.json");
  const program = `
    const { LineWriter } = await import(${moduleOf});
    const lines = new LineWriter(2, { waitingBytesMax: 200_000, describeDropped: (count) => "dropped " + count + "\\n" });
    const line = "x".repeat(99) + "\\n";
    let longestMs = 0, last = performance.now();
    // 3 MB, where a pipe takes 64 KiB.
    for (let at = 0; at < 300; at++) {
      for (let each = 0; each < 100; each++) lines.add(line);
      await Bun.sleep(1);
      longestMs = Math.max(longestMs, performance.now() - last);
      last = performance.now();
    }
    require("node:fs").writeFileSync(process.argv.at(-1), JSON.stringify({ longestMs, dropped: lines.droppedCount }));
    await lines.flush(5_000);`;
  // Reads nothing until the program has written all of its lines.
  const reader = '{ while [ ! -s "$2" ]; do sleep 0.05; done; cat; }';
  const shell = Bun.spawn([
    "sh",
    "-c",
    `"$0" -e "$1" "$2" 2>&1 >/dev/null | ${reader}`,
    process.execPath,
    program,
    result,
  ]);
  const rows = (await shell.stdout.text()).trimEnd().split("\n");
  const { longestMs, dropped } = (await Bun.file(result).json()) as { longestMs: number; dropped: number };
  removeTemporaryFolder(folder);
  // A write that is waited for would have lasted for ever.
  expect(longestMs).toBeLessThan(2_000);
  expect(dropped).toBeGreaterThan(20_000);
  expect(rows.filter((row) => row === "x".repeat(99)).length).toBe(30_000 - dropped);
  expect(rows.filter((row) => !/^(?:x{99}|dropped \d+)$/.test(row))).toEqual([]);
  const told = rows.flatMap((row) => (row.startsWith("dropped") ? [Number(row.slice(8))] : []));
  expect(told.reduce((sum, count) => sum + count, 0)).toBe(dropped);
});

test("lines of several processes on one pipe never mix", async () => {
  const shell = Bun.spawn(
    ["sh", "-c", [0, 1, 2].map((name) => `"$0" -e "$1" ${name} &`).join(" ") + " wait", process.execPath, writer],
    { stdin: "ignore", stdout: "ignore", stderr: "pipe" },
  );
  const rows = (await new Response(shell.stderr).text()).trimEnd().split("\n");
  expect(rows.filter((row) => !/^(\d)(?:\1)*é{3}$/.test(row))).toEqual([]);
  expect(rows).toHaveLength(6_000);
});

const writer = `
  const { LineWriter } = await import(${moduleOf});
  const lines = new LineWriter(2, { isShared: true });
  const name = process.argv.at(-1);
  for (let at = 0; at < 2_000; at++) {
    lines.add(name.repeat(100 + (at % 400)) + "ééé\\n");
    if (at % 20 === 0) await Bun.sleep(0);
  }
  await lines.flush(10_000);`;

test("what waits is written when the process ends, however it ends", async () => {
  for (const end of ["", "process.exit(3);", "throw new Error('it ends');"]) {
    const child = spawn(`const lines = new LineWriter(2); lines.add("first\\n"); lines.add("last\\n", true); ${end}`);
    expect(await child.stderr.text()).toContain("first\nlast\n");
  }
});

test("a descriptor that is closed costs its lines and nothing else", async () => {
  const lines = new LineWriter(987_654);
  lines.add("lost\n", true);
  await lines.flush(1_000);
  expect(lines.droppedCount).toBe(1);
});
