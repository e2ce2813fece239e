import { afterAll, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeTemporaryFolder, removeTemporaryFolder } from "./temporary-folder.ts";

// What .ci/run says at its end, of which only some lines may be kept.

const folder = makeTemporaryFolder();
afterAll(() => removeTemporaryFolder(folder));
const passed = '<testsuites name="bun test" tests="2" failures="0" skipped="0"></testsuites>';

/** Runs tests as .ci/run does and returns the end that it would print. */
function endOf(name: string, tests: string, check = { status: 0, log: "" }) {
  const own = join(folder, name);
  const reports = join(own, "reports");
  mkdirSync(join(own, "src"), { recursive: true });
  mkdirSync(reports);
  writeFileSync(
    join(own, "src", "a.test.ts"),
    `import { beforeAll, describe, expect, test } from "bun:test";\n${tests}`,
  );
  const report = `--reporter-outfile=${join(reports, "tests.xml")}`;
  const run = Bun.spawnSync([process.execPath, "test", "--reporter=junit", report, "src"], {
    cwd: own,
    stdout: "pipe",
    stderr: "pipe",
  });
  writeFileSync(join(reports, "tests.xml.2"), passed);
  writeFileSync(join(own, "tests.log"), run.stderr.toString());
  writeFileSync(join(own, "check.log"), check.log);
  const end = Bun.spawnSync(
    [
      "node",
      join(import.meta.dir, "..", "..", ".ci", "summary.mjs"),
      reports,
      String(check.status),
      String(run.exitCode),
      join(own, "check.log"),
      join(own, "tests.log"),
    ],
    { stdout: "pipe", stderr: "pipe" },
  );
  expect(end.stderr.toString()).toBe("");
  const text = end.stdout.toString();
  expect(text.split("\n").length).toBeLessThanOrEqual(26);
  expect(text.length).toBeLessThanOrEqual(2_500);
  return { status: end.exitCode, text };
}

test("of a long difference only what differs is said", () => {
  const rows = 'Array.from({ length: 60 }, (_, i) => (i === 40 ? word : "row " + i))';
  const { status, text } = endOf(
    "long",
    `const rows = (word: string) => ${rows};
test("cases", () => {
  for (let i = 0; i < 200; i++) console.log("right  case " + i);
  expect(rows("41-mute-tls: it <hangs> & waits")).toEqual(rows("none"));
});`,
  );
  expect(status).toBe(1);
  expect(text).toBe(
    'FAILED src/a.test.ts:3 cases\n  - "none",\n  + "41-mute-tls: it <hangs> & waits",\n3 passed, 1 failed\n',
  );
});

test("each of several failures has its place and its reason", () => {
  const { text } = endOf(
    "several",
    `describe("group", () => {
  test("value", () => expect(3).toBe(4));
  test("error", () => { throw new Error("not seen within 20000 ms: the printed address"); });
  test("late", async () => { await Bun.sleep(2_000); }, 100);
});
describe("hook", () => { beforeAll(() => { throw new Error("the hook fails"); }); test("never", () => {}); });
test.skip("left out", () => {});`,
  );
  for (const part of [
    "FAILED src/a.test.ts:3 group > value\n  Expected: 4\n  Received: 3",
    "FAILED src/a.test.ts:4 group > error\n  not seen within 20000 ms: the printed address",
    "FAILED src/a.test.ts:5 group > late\n  test timed out",
    "hook > (unnamed)\n  the hook fails",
    "left out\n  skipped, which counts as failed",
  ])
    expect(text).toContain(part);
  expect(text).toEndWith("3 passed, 5 failed\n");
});

test("many failures with long words stay within what is kept", () => {
  const { text } = endOf(
    "many",
    'for (let i = 0; i < 60; i++) test("test " + i, () => expect(["x".repeat(900), i]).toEqual(["y".repeat(900)]));',
  );
  expect(text).toStartWith("50 more failures are in the log above\n");
  expect(text).toContain("FAILED src/a.test.ts:2 test 0\n");
});

test("a check that failed, and a run that broke off, are said", () => {
  const log = "src/a.ts(1,2): error TS2322: Type 'x'\nFAILED types (1.0 s)\ncheck: 4 passed, 1 failed (types)\n";
  const failed = endOf("check", 'test("fine", () => expect(1).toBe(1));', { status: 1, log });
  expect(failed.text).toContain("FAILED npm run check\n  src/a.ts(1,2): error TS2322: Type 'x'");
  expect(failed.text).toEndWith("3 passed, 1 failed\n");
  const broken = endOf(
    "broken",
    'test("fine", () => expect(1).toBe(1));\nsetTimeout(() => process.exit(7), 0);\ntest("ends", () => Bun.sleep(5_000));',
  );
  expect(broken).toMatchObject({ status: 1, text: expect.stringMatching(/FAILED npm test \(status 7\)/) });
  expect(endOf("good", 'test("fine", () => expect(1).toBe(1));')).toEqual({ status: 0, text: "4 passed, 0 failed\n" });
});
