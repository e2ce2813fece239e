import { expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cleanEnvironment, runCommand, sahabProgram } from "../testing/run-command.ts";
import { UsageError } from "./command-error.ts";
import { refuseLostOptions } from "./lost-options.ts";
import { namedCommands, understand } from "./other-words.ts";
import { createProgram } from "./program.ts";

const program = createProgram();
const inWords = (line: string) => understand(program, line === "" ? [] : line.split(" ")).join(" ");

test.each([
  ["run nano Hi", "chat nano Hi"],
  ["serve", "up"],
  ["start", "up"],
  ["list --json", "models --json"],
  ["models list", "models"],
  ["models rm x", "rm x"],
  ["keys", "key list"],
  ["keys --json", "key list --json"],
  ["keys --help", "key --help"],
  ["providers", "provider list"],
  ["providers test", "provider test"],
  ["keys ls", "key list"],
  ["key delete x", "key revoke x"],
  ["key create logs", "key create logs"],
  ["requests req_01 --json", "requests show req_01 --json"],
  ["requests list --json", "requests --json"],
  ["tail --key ann", "requests tail --key ann"],
  ["bill --by key", "usage --by key"],
  ["usage today", "usage --since today"],
  ["dashboard", "console"],
  ["help run", "help chat"],
  ["version", "--version"],
  ["config show", "export"],
  ["chat models list", "chat models list"],
  ["constructor", "constructor"],
  ["", ""],
])("%s is understood as: %s", (line, meant) => expect(inWords(line)).toBe(meant));

test.each([
  ["restart", "sahab stop, then sahab up"],
  ["remove nano", "sahab rm MODEL"],
  ["config", "sahab export"],
  ["users", "sahab key create NAME"],
  ["update", "sahab catalog update"],
  ["show nano", "sahab key show NAME"],
  ["install llama3", "sahab pull hf.co/OWNER/REPO"],
  ["tokens", "sahab key create NAME"],
  ["exit", "sahab stop"],
  ["provider rm openai", "sahab apply -f cloud.yaml"],
  ["provider add openai", "sahab apply -f cloud.yaml"],
])("%s names the right command", (line, named) => {
  expect(() => inWords(line)).toThrow(UsageError);
  expect(() => inWords(line)).toThrow(named);
});

test("every command that is named is there", () => {
  const known = new Set(
    program.commands.flatMap((group) => [group.name(), ...group.commands.map((it) => `${group.name()} ${it.name()}`)]),
  );
  const named = new Set(namedCommands());
  expect(named.size).toBeGreaterThan(20);
  expect([...named].filter((name) => !known.has(name) && !name.startsWith("--") && name !== "requests tail")).toEqual(
    [],
  );
});

test("a wrong word ends with status 2 and a message without a stack, in the words of the launcher", async () => {
  const { status, stderr } = await runCommand(["restart"], { env: { npm_lifecycle_event: "sahab" } });
  expect(status).toBe(2);
  expect(stderr).toStartWith(
    "error: there is no command 'restart'. Stop it and start it again: npm run sahab -- stop, then npm start.",
  );
  expect(stderr).not.toContain(".ts:");
});

// As npm 11 hands them on, tried with each line.
test.each<[string, Record<string, string>, string | undefined]>([
  ["key create x y", { project: "true" }, "npm run sahab -- key create x --project y"],
  ["apply cloud.yaml", { force: "true" }, undefined],
  ["apply cloud.yaml", { force: "true", dry_run: "true" }, "npm run sahab -- apply cloud.yaml --dry-run"],
  ["usage key", { bypass_2fa: "true" }, "npm run sahab -- usage --by key"],
  ["models", { json: "true", all: "true" }, "npm run sahab -- models --all --json"],
  ["chat nano Hi", { json: "true" }, "npm run sahab -- chat nano Hi --json"],
  ["key create x", { project: "secret-of-npmrc" }, "npm run sahab -- key create x --project <project>"],
  ["usage 1h key", { since: "true", bypass_2fa: "true" }, "npm run sahab -- usage --since <time> --by <groups>"],
  ["models --json", { json: "true" }, undefined],
  ["models", { json: "", yes: "", user_agent: "npm/11" }, undefined],
  ["up", { json: "true" }, undefined],
])("options that npm kept: %s with %j", (line, kept, right) => {
  const variables = Object.fromEntries(Object.entries(kept).map(([name, value]) => [`npm_config_${name}`, value]));
  const refuse = (event?: string) =>
    refuseLostOptions(program, line.split(" "), { ...variables, npm_lifecycle_event: event });
  if (right === undefined) expect(() => refuse("sahab")).not.toThrow();
  else expect(() => refuse("sahab")).toThrow(new RegExp(`"--" is missing before the command. Type:\n  ${right}$`));
  // The same variables in another script, or none, mean nothing.
  for (const event of ["test", undefined]) expect(() => refuse(event)).not.toThrow();
});

// npm itself, since no variable tells of these.
test.each([
  [["key", "create", "zz", "--expires", "5d"], "key create zz --expires 5d"],
  [["requests", "--key", "carol"], "requests --key carol"],
  [["key", "create", "a b", "-b", "5/day", "-p", "x"], "key create 'a b' -b 5/day -p x"],
  [["usage", "--since=1h", "--by", "key"], "usage --since 1h --by key"],
  [["requests", "-n", "2"], "requests -n 2"],
  [["--", "key", "create", "--wrong"], undefined],
])("options that npm keeps without a trace: %j", async (words, right) => {
  const { status, stderr } = await runNpm(words);
  if (right === undefined) expect(stderr).toContain("unknown option '--wrong'");
  else expect(stderr).toContain(`"--" is missing before the command. Type:\n  npm run sahab -- ${right}\n`);
  expect(status).toBe(2);
});

/** Runs `npm run sahab` in a folder of its own, where the script is this program. */
async function runNpm(words: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), "sahab-npm-"));
  try {
    const scripts = { sahab: `"${process.execPath}" "${sahabProgram}"` };
    await writeFile(join(folder, "package.json"), JSON.stringify({ name: "x", version: "1.0.0", scripts }));
    // Nothing listens at this port: what is not refused fails.
    const env = cleanEnvironment({
      HOME: folder,
      SAHAB_DATA: folder,
      SAHAB_PORT: "1",
      npm_config_update_notifier: "false",
    });
    const child = Bun.spawn(["npm", "run", "sahab", ...words], { cwd: folder, env, stdout: "ignore", stderr: "pipe" });
    const [stderr, status] = await Promise.all([new Response(child.stderr).text(), child.exited]);
    return { status, stderr };
  } finally {
    await rm(folder, { recursive: true });
  }
}

test.each<[string, Record<string, string>, string]>([
  ["up --port 9000", {}, "SAHAB_PORT=9000 sahab up"],
  ["up --host=0.0.0.0", {}, "SAHAB_HOST=0.0.0.0 sahab up"],
  ["up 9000", { npm_lifecycle_event: "start", npm_config_port: "true" }, "SAHAB_PORT=9000 npm start"],
])("settings of up are variables: %s", (line, variables, right) => {
  expect(() => refuseLostOptions(program, line.split(" "), variables)).toThrow(right);
});
