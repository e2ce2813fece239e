import { afterEach, beforeEach, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "./eventually.ts";
import { findFreePort } from "./free-port.ts";
import { cleanEnvironment } from "./run-command.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "./temporary-folder.ts";

// The first section of the README, pasted line by line: from a clone to an answer, without a network once packages are there.

const root = join(import.meta.dir, "..", "..");
/** It would run this test. */
const notHere = /^npm test\b/;
const hasNetworkNamespaces =
  process.platform === "linux" &&
  Bun.spawnSync(["unshare", "-n", "ip", "link", "set", "lo", "up"], { stdout: "ignore", stderr: "ignore" }).exitCode ===
    0;

/** The commands of each `sh` block up to the first call, which are one terminal each; a command may have several lines. */
function readTerminals(): string[][] {
  const section = /^## .*?(?=^## )/ms.exec(readFileSync(join(root, "README.md"), "utf8"))?.[0] ?? "";
  const blocks = [...section.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = ""]) => block.trim());
  const callAt = blocks.findIndex((block) => block.includes("/v1/chat/completions"));
  expect(callAt).toBeGreaterThan(0);
  return blocks
    .slice(0, callAt + 1)
    .map((block) => block.split(/(?<![\\|])\n/).filter((line) => line !== "" && !notHere.test(line)));
}

let home: string;
let server: Bun.Subprocess<"ignore", "pipe", "pipe"> | undefined;

beforeEach(() => {
  home = makeTemporaryFolder();
});
afterEach(async () => {
  if (server?.exitCode === null) process.kill(-server.pid, "SIGTERM");
  await server?.exited;
  server = undefined;
  removeTemporaryFolder(home);
});

/** Runs commands in a new terminal, in the network of the server if there is one. */
function open(commands: string[], env: Record<string, string>): Bun.Subprocess<"ignore", "pipe", "pipe"> {
  const network = server ? ["nsenter", "-t", String(server.pid), "-n"] : ["unshare", "-n"];
  const lines = [...(server || !hasNetworkNamespaces ? [] : ["ip link set lo up"]), ...commands];
  return Bun.spawn([...(hasNetworkNamespaces ? network : []), "bash", "-exc", lines.join("\n")], {
    cwd: home,
    env: cleanEnvironment({ HOME: home, ...env }),
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
}

/** Clones from this checkout whatever address is named, and has its packages in the clone. */
function withClone(commands: string[]): { commands: string[]; git: Record<string, string>; isInReadme: boolean } {
  const at = commands.findIndex((command) => command.startsWith("git clone "));
  const all = at === -1 ? ["git clone https://sahab.invalid/sahab.git", "cd sahab", ...commands] : commands;
  const [, address = "", name] = /^git clone (\S+)(?: +([^#\s]+))?/.exec(all[Math.max(at, 0)] ?? "") ?? [];
  const folder = name ?? address.replace(/^.*\/|\.git$/g, "");
  return {
    commands: all.toSpliced(Math.max(at, 0) + 1, 0, `ln -s ${root}/node_modules ${folder}/node_modules`),
    git: { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: `url.file://${root}.insteadOf`, GIT_CONFIG_VALUE_0: address },
    isInReadme: at !== -1,
  };
}

async function paste(variables: Record<string, string>): Promise<{ started: string; answers: string }> {
  const [first = [], ...others] = readTerminals();
  const { commands, git, isInReadme } = withClone(first);
  const terminal = open(commands, { ...git, ...variables });
  server = terminal;
  let started = "";
  void collect(terminal.stdout, (text) => (started += text));
  void collect(terminal.stderr, (text) => (started += text));
  await eventually(
    "the server's address",
    () => {
      if (terminal.exitCode !== null) throw new Error(`the first terminal ended: ${started}`);
      return started.includes("Or talk to it");
    },
    60_000,
  );
  let answers = "";
  const { SAHAB_PORT = "8787", SAHAB_DATA = `${home}/.sahab` } = variables;
  // What a reader with another port and folder puts in, where the lines do not take them from the environment.
  const adapt = (line: string) =>
    line
      .replaceAll("127.0.0.1:8787", `127.0.0.1:${SAHAB_PORT}`)
      .replaceAll("~/.sahab/admin.key", `'${SAHAB_DATA}/admin.key'`);
  for (const lines of others.map((block) => block.map(adapt))) {
    const other = open(isInReadme ? lines : ["cd sahab", ...lines], variables);
    const [out, errors, status] = await Promise.all([
      new Response(other.stdout).text(),
      new Response(other.stderr).text(),
      other.exited,
    ]);
    expect({ lines, status, errors: status === 0 ? "" : errors }).toEqual({ lines, status: 0, errors: "" });
    answers += out;
  }
  return { started, answers };
}

test.skipIf(!hasNetworkNamespaces)("the README's first lines lead from a clone to an answer", async () => {
  const { started, answers } = await paste({});
  expect(started).toContain("listens on http://127.0.0.1:8787");
  expect(started).toContain(`${home}/.sahab/admin.key`);
  expect(answers).toContain('"finish_reason":"stop"');
});

test("and they do with another port and another folder, which has a space", async () => {
  const port = String(await findFreePort());
  const { started, answers } = await paste({ SAHAB_PORT: port, SAHAB_DATA: join(home, "my data") });
  expect(started).toContain(`listens on http://127.0.0.1:${port}`);
  expect(answers).toContain('"finish_reason":"stop"');
});

async function collect(stream: ReadableStream<Uint8Array>, onText: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) onText(decoder.decode(chunk, { stream: true }));
}
