import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "./eventually.ts";
import { cleanEnvironment } from "./run-command.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "./temporary-folder.ts";

// Sahab as npm installs it for somebody: in their node_modules, with its libraries inside it and what belongs to a platform beside it.

const root = join(import.meta.dir, "..", "..");
const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
  packages: Record<string, { dev?: boolean; devOptional?: boolean; optional?: boolean; link?: boolean }>;
};
let folder: string;
let user: string;
let sahab: string;

beforeAll(() => {
  folder = makeTemporaryFolder();
  user = join(folder, "user");
  sahab = join(user, "node_modules", "sahab");
  mkdirSync(sahab, { recursive: true });
  writeFileSync(join(user, "package.json"), "{}");
  const own = ["bin", "gpu", "package.json", "tsconfig.json", "models/nano/nano.gguf", "console/dist", "src"];
  const used = Object.entries(packages).filter(
    ([path, { dev, devOptional, link }]) =>
      /^node_modules\/[^/]+(?:\/[^/]+)?$/.test(path) && !dev && !devOptional && !link,
  );
  const pathsOf = (isOptional: boolean) =>
    used.filter(([path, { optional = false }]) => optional === isOptional && existsSync(join(root, path)));
  copy([...own, ...pathsOf(false).map(([path]) => path)], sahab);
  copy(
    pathsOf(true).map(([path]) => path),
    user,
  );
});
afterAll(() => removeTemporaryFolder(folder));

/** Copies of this checkout's files; hard links where that is one disk. */
function copy(paths: string[], target: string): void {
  const options = { cwd: root, stdout: "ignore", stderr: "pipe" } as const;
  if (Bun.spawnSync(["cp", "-rl", "--parents", ...paths, target], options).exitCode === 0) return;
  const done = Bun.spawnSync(["cp", "-r", "--parents", ...paths, target], options);
  expect({ status: done.exitCode, text: done.stderr.toString() }).toEqual({ status: 0, text: "" });
}

test("starts, names the commands as npx runs them, and its model answers in its sandbox", async () => {
  const env = cleanEnvironment({ HOME: folder, SAHAB_PORT: "0", npm_lifecycle_event: "npx" });
  const program = join(sahab, "bin", "sahab.mjs");
  // In a group of its own, so that its end is that of the program behind the launcher, too.
  const server = Bun.spawn(["node", program, "up"], {
    cwd: user,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  try {
    let printed = "";
    void (async () => {
      const decoder = new TextDecoder();
      for await (const chunk of server.stdout) printed += decoder.decode(chunk, { stream: true });
    })();
    await eventually("the end of what it says", () => printed.includes("Ask it how"), 30_000);
    expect(printed).toMatch(/Or talk to it: {2}SAHAB_PORT=\d+ npx sahab chat nano/);
    const address = /listens on (\S+)/.exec(printed)?.[1];
    const page = await fetch(address ?? "");
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("<title>Sahab</title>") as string]);
    const key = readFileSync(join(folder, ".sahab", "admin.key"), "utf8").trim();
    const response = await fetch(`${address}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "nano", temperature: 0, messages: [{ role: "user", content: "What is Sahab?" }] }),
    });
    expect(await response.text()).toContain("Sahab is an AI cloud that you own");
  } finally {
    process.kill(-server.pid, "SIGTERM");
    await server.exited;
  }
});

test("a package without its engine says so at once", () => {
  const engine = join(sahab, "node_modules", "node-llama-cpp");
  Bun.spawnSync(["mv", engine, `${engine}-away`]);
  const done = Bun.spawnSync(["node", join(sahab, "bin", "sahab.mjs"), "--version"], { stderr: "pipe" });
  expect(done.stderr.toString()).toContain("lacks its engine (node-llama-cpp)");
  expect(done.exitCode).toBe(1);
});
