import { afterAll, beforeAll, expect, test } from "bun:test";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { cleanEnvironment, sahabProgram } from "../testing/run-command.ts";

// Readers of the output that leave before its end, as `| head` does, and a disk that is full.

let sahab: TestSahab;

beforeAll(async () => {
  sahab = await runSahab({ config: { projects: [{ name: "default" }] } });
});

afterAll(() => sahab?.close());

/** What the shell says of a command's status, and all that the command says on standard error. */
async function shell(script: string, args: string[]): Promise<string> {
  const env = cleanEnvironment({
    SAHAB_URL: sahab.address,
    SAHAB_ADMIN_KEY: sahab.adminKey,
    SAHAB_DATA: sahab.dataDir,
  });
  const child = Bun.spawn(["sh", "-c", script, "sh", process.execPath, sahabProgram, ...args], { env, stderr: "pipe" });
  return (await new Response(child.stderr).text()).trim();
}

test.each(
  [
    ["--help"],
    ["provider", "--help"],
    ["--version"],
    ["catalog", "status"],
    ["catalog", "status", "--json"],
    ["models"],
    ["models", "--all"],
    ["usage"],
    ["requests"],
    ["key", "list"],
    ["export"],
    ["ps"],
  ].map((args) => [args]),
)("a reader that has left ends nothing: sahab %j", async (args) => {
  expect(await shell('{ "$@"; echo $? >&2; } | true', args)).toBe("0");
});

test("an error that nobody reads still has its status", async () => {
  expect(await shell('{ "$@" 2>&1; echo $? >&3; } 3>&2 | true', ["fly"])).toBe("2");
});

test("a full disk is told without a trace of the program", async () => {
  const told = await shell('"$@" >/dev/full; echo $? >&2', ["catalog", "status"]);
  expect(told).toMatch(/^Cannot write the output: ENOSPC[^\n]*\n1$/);
});
