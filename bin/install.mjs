// Runs on the Node that came with npm, before anything is installed: plain JavaScript, no dependencies.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { isHeld, takeLock } from "./install-lock.mjs";
import { root } from "./launch.mjs";
import { npmSettings, runNpm } from "./npm.mjs";
import { explainFailure, failureKind, isNetworkFailure } from "./npm-failures.mjs";
import { watchProgress } from "./progress.mjs";

/**
 * How long the registry may be silent: for its first answer, then until that is said, and until the installation is given up.
 * `wordMs` after the start it is said in any case, a late first answer included, so that people wait for at most 15 s without a word.
 */
const usualPatience = { answerMs: 8_000, sayMs: 10_000, stopMs: 60_000, wordMs: 13_000 };
/** npm's own: seconds without a byte, and attempts after the first. Its own (five minutes, two) leave people without a word for an hour. */
const npmPatience = [
  "--fetch-timeout=20000",
  "--fetch-retries=1",
  "--fetch-retry-mintimeout=1000",
  "--fetch-retry-maxtimeout=5000",
];

/** Installs the locked dependencies if they are missing. `dev` adds those of tests and checks. */
export async function ensureInstalled({ dev }) {
  if (!existsSync(lockFile(root))) return checkPackage();
  if (isInstalled(dev) && !isHeld(busyFile(root))) return;
  const dependencies = `dependencies (${dev ? "with" : "without"} development tools)`;
  const lock = await takeLockOf(root);
  try {
    // Another start may have installed them meanwhile.
    if (isInstalled(dev)) return;
    process.stderr.write(`Installing ${dependencies}; this is done once and takes about half a minute …\n`);
    await install(root, { dev: dev || existsSync(join(root, "node_modules", "oxlint")), lock });
  } finally {
    lock.release();
  }
}

/**
 * Installs what a folder's lock says, and nothing else: npm compares each package with the lock's hash, no package runs code, and
 * what is there afterwards is compared with the lock. Ends the process where that fails. `optional: false` leaves out the packages
 * that belong to a platform.
 */
export async function installLocked(folder, { dev, optional = true, patience = usualPatience }) {
  const lock = await takeLockOf(folder);
  try {
    await install(folder, { dev, optional, patience, lock });
  } finally {
    lock.release();
  }
}

async function takeLockOf(folder) {
  try {
    return await takeLock(busyFile(folder), (pid) =>
      process.stderr.write(
        `Another start (process ${pid ?? "unknown"}) installs in ${folder}; waiting until it is done …\n`,
      ),
    );
  } catch (error) {
    return fail(folder, explainFailure(failureKind([error.code ?? ""]), { folder, path: folder }));
  }
}

async function install(folder, { dev, optional = true, patience = usualPatience, lock }) {
  const startedMs = performance.now();
  const locked = read(lockFile(folder));
  // "npm ci" refuses a lock that lacks optional packages of other platforms, which not all registries hold.
  const command = missingOf(locked).length === 0 ? ["ci"] : ["install", "--no-save"];
  const omit = [...(dev ? [] : ["--omit=dev"]), ...(optional ? [] : ["--omit=optional"])];
  const args = [...command, "--ignore-scripts", ...omit, ...npmPatience];
  const wanted = Object.entries(locked).filter(
    ([path, entry]) => isFetched(path, entry) && isWanted(entry, { dev, optional }),
  );

  const [unreached, settings] = await Promise.all([probe(folder, patience), npmSettings(folder)]);
  if (unreached !== undefined) {
    const why = explainFailure(unreached, { folder, settings });
    if (!isCached(wanted, settings.cache)) fail(folder, why);
    process.stderr.write(`Of the network: ${why[0]}. Installing what npm has kept of earlier installations …\n`);
  }
  try {
    clearUnfinished(folder);
  } catch (error) {
    fail(folder, explainFailure(failureKind([error.code ?? ""]), { folder, settings, path: error.path ?? folder }));
  }
  const { status, lines, stopped, megabytes } = await npm(unreached ? [...args, "--offline"] : args);
  const kind = failureKind(lines);
  const isBroken = status !== 0 || kind === "disk";
  const { wrong, unlocked } = isBroken ? { wrong: [], unlocked: [] } : compare(locked, read(installedFile(folder)));
  const absent = isBroken ? [] : absentOf(folder, wanted);
  const runtime = absent.filter(({ isRuntime }) => isRuntime);

  if (stopped === "no npm") fail(folder, ["npm is not found; it comes with Node: https://nodejs.org"]);
  if (unreached !== undefined && (isBroken || absent.length > 0))
    discard(folder, explainFailure(unreached, { folder, settings }));
  if (isBroken) {
    const reason = stopped === "stalled" ? "time" : kind;
    if (!isNetworkFailure(reason) && reason !== "disk") printNpm(lines);
    discard(folder, explainFailure(reason, { folder, settings, path: pathIn(lines) }));
  }
  if (wrong.length > 0) discard(folder, [`not what the lock says was installed: ${wrong.join(", ")}`]);
  if (runtime.length > 0 && runtime.length === wanted.filter(([path]) => isRuntimePath(path)).length)
    discard(folder, [`npm could not fetch ${runtime.map(({ name }) => name).join(", ")}. Run the command again`]);
  const left = absent.filter(({ isRuntime }) => !isRuntime).map(({ name }) => name);
  if (left.length > 0)
    process.stderr.write(
      `npm could not fetch ${left.join(", ")}: what needs them does not work. Remove node_modules and run the command again.\n`,
    );
  if (unlocked.length > 0)
    process.stderr.write(
      `The lock has no hash for this platform's ${unlocked.join(", ")}; taken as the registry gave it.\n`,
    );
  rmSync(unfinishedFile(folder), { force: true });
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  process.stderr.write(`Installed ${wanted.length - absent.length} packages (${megabytes} MB) in ${seconds} s.\n`);

  async function npm(argsOfNpm) {
    let watch;
    const done = await runNpm(argsOfNpm, {
      cwd: folder,
      onFetch: () => watch?.fetched(),
      onStart(pid, stop) {
        lock.alsoHeldBy(pid);
        watch = watchProgress({
          folder,
          paths: wanted.map(([path]) => path),
          stream: process.stderr,
          patience: { ...patience, sayMs: Math.min(patience.sayMs, patience.wordMs - (performance.now() - startedMs)) },
          stallText: (seconds) =>
            `Nothing has come from ${settings.registry ?? "the package registry"} for ${seconds} s; waiting for at most ${Math.round(patience.stopMs / 1_000)} s …`,
          onStop: () => stop("stalled"),
        });
      },
    });
    return { ...done, megabytes: watch?.end().megabytes ?? 0 };
  }
}

/**
 * Removes what an installation left that did not end: npm takes a folder with a package.json for the whole package, also where it was
 * killed before the other files came. From here on this one has not ended.
 */
function clearUnfinished(folder) {
  const modules = join(folder, "node_modules");
  mkdirSync(modules, { recursive: true });
  if (existsSync(unfinishedFile(folder)) || !existsSync(installedFile(folder)))
    for (const name of readdirSync(modules)) rmSync(join(modules, name), { recursive: true, force: true });
  writeFileSync(unfinishedFile(folder), "");
}

/** Asks the registry for a sign of life, as npm is set up to. Resolves to the kind of failure where none came. */
async function probe(folder, { answerMs }) {
  const { status, lines, stopped } = await runNpm(["ping", "--fetch-retries=0"], { cwd: folder, timeoutMs: answerMs });
  const kind = stopped === "timeout" ? "time" : failureKind(lines);
  // An error of the registry is an answer, and not each registry has this path.
  return status !== 0 && stopped !== "no npm" && isNetworkFailure(kind) ? kind : undefined;
}

/** Whether npm's cache has the content of each package, so that trying without a network is worth the time. */
function isCached(wanted, cache) {
  return wanted.every(([, { integrity = "" }]) => {
    const [algorithm, sum = ""] = integrity.split("-");
    const hex = Buffer.from(sum, "base64").toString("hex");
    return existsSync(
      join(cache ?? "", "_cacache", "content-v2", algorithm, hex.slice(0, 2), hex.slice(2, 4), hex.slice(4)),
    );
  });
}

/** Fails after npm was started. Nothing is used of what it left: the next command installs again. */
function discard(folder, reasons) {
  try {
    rmSync(installedFile(folder), { force: true });
  } catch {
    // No right to write here, which is then what is said.
  }
  fail(folder, reasons);
}

/** Fails with what was installed before as it is. */
function fail(folder, [why, ...ways]) {
  process.stderr.write(`Cannot install dependencies in ${folder}: ${why}${ways.length > 0 ? ":" : "."}\n`);
  for (const way of ways) process.stderr.write(`${way}\n`);
  process.exit(1);
}

/** npm's own error, without its advice, which is for other cases. */
function printNpm(lines) {
  const errors = lines.filter((line) => /^npm (error|ERR!) \S/.test(line));
  for (const line of (errors.length > 0 ? errors : lines).slice(0, 20)) process.stderr.write(`${line}\n`);
}

/** The path that npm may not write. */
const pathIn = (lines) => lines.map((line) => /^npm (?:error|ERR!) path (.+)$/.exec(line)?.[1]).find(Boolean);

/** In a package that npm has installed: a package made without what it needs says so here, and not when the first model starts. */
function checkPackage() {
  try {
    createRequire(join(root, "package.json")).resolve("node-llama-cpp/package.json");
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND") return;
    process.stderr.write(
      `This package of Sahab in ${root} lacks its engine (node-llama-cpp): it was packed from a folder without node_modules.\nPack it again with: npm run release\n`,
    );
    process.exit(1);
  }
}

const lockFile = (folder) => join(folder, "package-lock.json");
/** Held by the process that installs. */
const busyFile = (folder) => join(folder, ".installing.lock");
/** What npm writes about what it has installed. */
const installedFile = (folder) => join(folder, "node_modules", ".package-lock.json");
/** There until an installation has ended well. */
const unfinishedFile = (folder) => join(folder, "node_modules", ".unfinished");
const read = (file) => JSON.parse(readFileSync(file, "utf8")).packages;

function isInstalled(dev) {
  const [lock, installed] = [lockFile(root), installedFile(root)];
  if (!existsSync(join(root, "node_modules", dev ? "oxlint" : "bun", "package.json"))) return false;
  if (existsSync(unfinishedFile(root))) return false;
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return true;
  return isComplete(lock, installed, dev);
}

/** Whether a package comes from a registry: the folder itself and its workspaces do not, and are only linked. */
const isFetched = (path, { link }) => path.includes("node_modules/") && !link;

/** Whether a package is for this platform and this purpose. */
function isWanted({ dev: isDev, devOptional, optional: isOptional, os, cpu, libc }, { dev, optional }) {
  if ((isDev && !dev) || (isOptional && !optional) || (devOptional && !dev && !optional)) return false;
  return fits(os, process.platform) && fits(cpu, process.arch) && (libc === undefined || fits(libc, libcOfSystem()));
}

const fits = (list, own) =>
  list === undefined || list.includes(own) || list.some((it) => it.startsWith("!") && it !== `!${own}`);

function libcOfSystem() {
  process.report.excludeNetwork = true; // it would ask for names of addresses
  return process.report.getReport().header.glibcVersionRuntime ? "glibc" : "musl";
}

/**
 * Packages made for this platform that npm left out without a word, since it may leave out optional ones. Those for any
 * platform may belong to one of another, and are left out then.
 */
function absentOf(folder, wanted) {
  return wanted
    .filter(
      ([path, { optional, os, cpu }]) => optional && (os ?? cpu) && !existsSync(join(folder, path, "package.json")),
    )
    .map(([path]) => ({ name: path.replace(/^.*node_modules\//, ""), isRuntime: isRuntimePath(path) }));
}
const isRuntimePath = (path) => path.includes("node_modules/@oven/bun-");

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
