// Runs on the Node that came with npm, before anything is installed: plain JavaScript, no dependencies.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "./launch.mjs";

/** Installs the locked dependencies if they are missing. `dev` adds those of tests and checks. */
export function ensureInstalled({ dev }) {
  const installed = installedFile(root);
  const lock = lockFile(root);
  if (!existsSync(lock)) return; // installed as a package: npm has installed the dependencies
  const wanted = dev ? "oxlint" : "bun";
  const present = existsSync(join(root, "node_modules", wanted, "package.json"));
  if (present && existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  if (present && isComplete(lock, installed, dev)) return;
  process.stderr.write(
    `Installing dependencies (${dev ? "with" : "without"} development tools); this is done once and takes about half a minute …\n`,
  );
  installLocked(root, { dev: dev || existsSync(join(root, "node_modules", "oxlint")) });
}

/**
 * Installs what a folder's lock says, and nothing else: npm compares each package with the lock's hash, no package runs code, and
 * what is there afterwards is compared with the lock. Ends the process where that fails.
 */
export function installLocked(folder, { dev }) {
  const lock = read(lockFile(folder));
  // "npm ci" refuses a lock that lacks optional packages of other platforms, which not all registries hold.
  const command = missingOf(lock).length === 0 ? ["ci"] : ["install", "--no-save"];
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  const args = [...command, ...quiet, "--ignore-scripts", ...(dev ? [] : ["--omit=dev"])];
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const done = spawnSync(npm, args, { cwd: folder, stdio: ["ignore", 2, 2], shell: process.platform === "win32" });
  if (done.status !== 0)
    fail(
      folder,
      "npm failed (its own message is above). Check the network and run the command again. EINTEGRITY means that the registry gave other packages than those of this version",
    );
  const { wrong, unlocked } = compare(lock, read(installedFile(folder)));
  if (wrong.length > 0) fail(folder, `not what the lock says was installed: ${wrong.join(", ")}`);
  if (unlocked.length > 0)
    process.stderr.write(
      `The lock has no hash for this platform's ${unlocked.join(", ")}; taken as the registry gave it.\n`,
    );
}

/** Nothing is used of an installation that failed: the next command installs again. */
function fail(folder, why) {
  rmSync(installedFile(folder), { force: true });
  process.stderr.write(`Cannot install dependencies in ${folder}: ${why}.\n`);
  process.exit(1);
}

const lockFile = (folder) => join(folder, "package-lock.json");
/** What npm writes about what it has installed. */
const installedFile = (folder) => join(folder, "node_modules", ".package-lock.json");
const read = (file) => JSON.parse(readFileSync(file, "utf8")).packages;

/** Packages with their exact versions that the lock's packages may use on other platforms, and that the lock lacks. */
function missingOf(lock) {
  return Object.entries(lock).flatMap(([path, entry]) =>
    path === ""
      ? []
      : Object.entries(entry.optionalDependencies ?? {})
          .filter(([name]) => !lock[`node_modules/${name}`] && !lock[`${path}/node_modules/${name}`])
          .map(([name, version]) => `${name}@${version}`),
  );
}

function compare(lock, installed) {
  const known = new Set(missingOf(lock));
  const wrong = [];
  const unlocked = [];
  for (const [path, entry] of Object.entries(installed)) {
    const name = `${path.replace(/^.*node_modules\//, "")}@${entry.version}`;
    const wanted = lock[path];
    if (wanted && wanted.version === entry.version && wanted.integrity === entry.integrity) continue;
    (!wanted && known.has(name) ? unlocked : wrong).push(name);
  }
  return { wrong, unlocked };
}

/** Whether npm has installed what the lock says (a checkout may have changed only the lock's time). */
function isComplete(lock, installed, dev) {
  try {
    const want = read(lock);
    const have = read(installed);
    return Object.entries(want).every(([path, entry]) => {
      if (path === "" || entry.optional || entry.devOptional || (entry.dev && !dev)) return true;
      return have[path]?.version === entry.version && have[path]?.integrity === entry.integrity;
    });
  } catch {
    return false;
  }
}
