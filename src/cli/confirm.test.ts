import { expect, test } from "bun:test";
import { join } from "node:path";
import { runInTerminal } from "../testing/run-in-terminal.ts";

const program = join(import.meta.dir, "../testing/ask-to-confirm.ts");

test.each([
  ["y\r", true],
  ["YES\r", true],
  [" y \r", true],
  ["\r", false],
  ["n\r", false],
  ["yesterday\r", false],
  ["\u0004", false],
  ["\u0003", false],
])("%j at the question is %p", async (typed, expected) => {
  const { shown, status } = await runInTerminal([], [["Delete 2 models? [y/N] ", typed]], { program });
  expect(shown).toContain(`asked: true, confirmed: ${expected}`);
  expect(status).toBe(0);
});

test("without a terminal nothing is confirmed, whatever comes on standard input", () => {
  const child = Bun.spawnSync([process.execPath, program], { stdin: new Blob(["y\n"]) });
  expect(child.stdout.toString()).toBe("asked: false, confirmed: false\n");
});
