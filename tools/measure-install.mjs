// How large and how long an installation is: of a clone, and of the npm package. Fails above 400 MB; how long it takes depends on the
// registry and is only told. Usage: node tools/measure-install.mjs
import { execFileSync } from "node:child_process";
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const megabytesMax = 400;
const timeoutMs = 600_000;

const folder = mkdtempSync(join(tmpdir(), "sahab-measure-"));
const run = (command, cwd) =>
  execFileSync(command[0], command.slice(1), { cwd, timeout: timeoutMs, stdio: ["ignore", "ignore", "inherit"] });
try {
  run(["git", "clone", "--quiet", "--depth", "1", `file://${root}`, "clone"], folder);
  measure("a clone, until its first command has run", join(folder, "clone"), () =>
    run(["node", "bin/sahab.mjs", "--version"], join(folder, "clone")),
  );
  run(["node", "tools/release.mjs", join(folder, "release")], join(folder, "clone"));
  const file = readdirSync(join(folder, "release")).find((name) => name.endsWith(".tgz"));
  mkdirSync(join(folder, "user"));
  measure("the npm package, until its first command has run", join(folder, "user"), () => {
    run(["npm", "install", "--silent", join(folder, "release", file)], join(folder, "user"));
    run(["npx", "sahab", "--version"], join(folder, "user"));
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function measure(what, place, act) {
  const startedMs = performance.now();
  act();
  const seconds = (performance.now() - startedMs) / 1_000;
  const megabytes = bytesOf(join(place, "node_modules")) / 1e6;
  process.stdout.write(`${what}: ${megabytes.toFixed(0)} MB in node_modules, ${seconds.toFixed(1)} s\n`);
  if (megabytes > megabytesMax) {
    process.stderr.write(`More than ${megabytesMax} MB.\n`);
    process.exitCode = 1;
  }
}

function bytesOf(path) {
  const stat = lstatSync(path);
  return stat.isDirectory() ? readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0) : stat.size;
}
