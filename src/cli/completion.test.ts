import { afterAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "../testing/run-command.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { createProgram } from "./program.ts";

const folder = makeTemporaryFolder();
afterAll(() => removeTemporaryFolder(folder));

async function script(shell: string): Promise<string> {
  const { stdout, stderr, status } = await runCommand(["completion", shell]);
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  return stdout;
}

/** Runs a program in a shell that is installed here; its output as words. */
async function runShell(shell: string, args: string[]): Promise<string[]> {
  const child = Bun.spawn([shell, ...args], {
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "", HOME: folder, TERM: "dumb" },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  expect({ stderr, status: await child.exited }).toEqual({ stderr: "", status: 0 });
  return stdout.split("\n").filter(Boolean);
}

const top = createProgram().commands.map((command) => command.name());

/** A line before Tab, and words that are offered, or are not. */
const lines: [line: string, offered: string[], not: string[]][] = [
  ["sahab ", [...top, "help"], ["create", "--json"]],
  ["sahab ke", ["key"], ["up"]],
  ["sahab key ", ["create", "list", "revoke"], ["up"]],
  ["sahab key cr", ["create"], ["list"]],
  ["sahab key create x --pro", ["--project"], ["--json"]],
  // A value is no command, even where it is called like one.
  ["sahab key --project list ", [], ["up"]],
  ["sahab models --", ["--all", "--vendor", "--json"], ["--project"]],
  ["sahab --ver", ["--version"], []],
];

// Completion of zsh needs its line editor, so what it would show is noted instead.
const zshStubs = `compdef() { :; }
  _describe() { print -rl -- "\${(@)\${(P@)2}%%:*}"; }
  _files() { print -r -- FILES; }
  source ./script
  words=("$@"); CURRENT=$#; _sahab`;

/** What a shell that has loaded its script offers for a line before Tab; zsh itself leaves out what begins otherwise. */
const completers: Record<string, (line: string) => Promise<string[]>> = {
  bash: (line) => {
    const complete = `source ./script; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sahab; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return runShell("bash", ["--norc", "-c", complete, "bash", ...line.split(" ")]);
  },
  fish: async (line) => {
    const shown = await runShell("fish", ["--no-config", "-c", `source ./script; complete -C '${line}'`]);
    return shown.map((row) => row.split("\t", 1)[0] ?? "");
  },
  zsh: async (line) => {
    const words = line.split(" ");
    const shown = await runShell("zsh", ["-f", "-c", zshStubs, "zsh", ...words]);
    return shown.filter((word) => word.startsWith(words.at(-1) ?? ""));
  },
};

test.each(Object.keys(completers).filter((shell) => Bun.which(shell) !== null))(
  "%s completes commands, options and values",
  async (shell) => {
    writeFileSync(join(folder, "script"), await script(shell));
    for (const [line, offered, not] of lines) {
      const found = new Set(await completers[shell]?.(line));
      expect({ line, missing: offered.filter((word) => !found.has(word)) }).toEqual({ line, missing: [] });
      expect({ line, wrong: not.filter((word) => found.has(word)) }).toEqual({ line, wrong: [] });
    }
  },
);

test("another shell is wrong usage that says what is allowed", async () => {
  const { status, stderr } = await runCommand(["completion", "tcsh"]);
  expect(status).toBe(2);
  expect(stderr).toContain("bash, zsh, fish");
});
