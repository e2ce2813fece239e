// Runs on the Node that came with npm, before anything is installed: plain JavaScript, no dependencies.
import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Without its install script the package "bun" has a text of less than a kilobyte in the binary's place. */
const bunBytesMin = 1_000_000;

/** Path of the pinned Bun binary, which is in the package for this platform. */
export function bunPath() {
  const os = process.platform === "win32" ? "windows" : process.platform;
  const arch = process.arch === "arm64" ? "aarch64" : process.arch;
  const file = process.platform === "win32" ? "bun.exe" : "bun";
  const require = createRequire(join(root, "package.json"));
  for (const suffix of ["", "-musl"]) {
    try {
      const path = join(dirname(require.resolve(`@oven/bun-${os}-${arch}${suffix}/package.json`)), "bin", file);
      if (existsSync(path)) return path;
    } catch {
      // not this variant
    }
  }
  try {
    // Where npm lets packages run code, Bun's own moves its binary.
    const path = join(dirname(require.resolve("bun/package.json")), "bin", "bun.exe");
    if (statSync(path).size > bunBytesMin) return path;
  } catch {
    // not installed
  }
  process.stderr.write(
    `Cannot find the Bun runtime for ${os}-${arch}: run "npm install" in ${root} and look for @oven/bun-* among its messages.\n`,
  );
  return process.exit(1);
}

/** Of Bun's own variables those that a user of Sahab may want. The others can load code, or print what is sent. */
const keptOfBun = new Set(["BUN_CONFIG_MAX_HTTP_REQUESTS", "BUN_CONFIG_DNS_TIME_TO_LIVE_SECONDS"]);
/** Variables that name files which the runtime itself reads. */
const filesInVariables = new Set(["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR"]);

/** The environment for Bun, without what is meant for other programs of Bun's or Node's; relative paths count from `folder`. */
function ownEnvironment(env, folder) {
  const own = { ...env };
  for (const name of Object.keys(own)) {
    // Windows has no case in these names.
    const upper = name.toUpperCase();
    if (upper.startsWith("BUN_") && !keptOfBun.has(upper)) delete own[name];
    if (upper === "NODE_PATH" || upper === "NODE_OPTIONS") delete own[name];
    if (filesInVariables.has(upper) && own[name]) own[name] = resolve(folder, own[name]);
  }
  // Without a home Bun keeps what it has compiled in the folder for temporary files, where others may put something else.
  if (!env.HOME && !env.XDG_CACHE_HOME && process.platform !== "win32") own.BUN_RUNTIME_TRANSPILER_CACHE_PATH = "0";
  return own;
}

/** The folder that the user is in; a deleted one has no name. */
export function userFolder() {
  try {
    return process.cwd();
  } catch {
    return root;
  }
}

/**
 * Runs Bun with the same terminal; resolves to the exit status, 128 + n when signal n ended it. Bun reads bunfig.toml, .env files,
 * tsconfig.json and node_modules where it starts, and runs what they name. So it starts in Sahab's own folder, which has
 * none of somebody else's, and goes from there to the user's (src/cli/main.ts).
 */
export function runBun(args, env = process.env) {
  const child = spawn(bunPath(), ["--no-env-file", "--no-install", ...args], {
    stdio: "inherit",
    cwd: root,
    env: ownEnvironment(env, userFolder()),
  });
  let watch;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      // A signal to the whole group ends npm, too, and must not count as a second one. SIGHUP may be the wish to read TLS files anew.
      if (signal !== "SIGHUP") clearInterval(watch);
      child.kill(signal);
    });
  }
  // npm passes a signal to its shell, which ends without passing it on. So the end of the parent stops Bun, too.
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event !== undefined) {
    watch = setInterval(() => {
      if (process.ppid === parent) return;
      // Once: a second signal would end it at once, with requests under way.
      clearInterval(watch);
      child.kill("SIGTERM");
    }, 500);
    watch.unref();
  }
  return new Promise((resolve) => {
    child.on("exit", (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
    child.on("error", (error) => {
      process.stderr.write(`Cannot start Bun: ${error.message}\n`);
      resolve(1);
    });
  });
}
