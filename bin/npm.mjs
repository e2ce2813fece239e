// Runs npm so that it is never silent for long, and says nothing that stands over what Sahab says.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { createInterface } from "node:readline";

/** npm's messages that are kept for the case of failure. */
const linesMax = 500;
const isWindows = process.platform === "win32";

/**
 * Runs npm. Resolves to its exit status (null where it was ended), what it printed, and `stopped`: why it was ended, if it was.
 * @param {string[]} args
 * @param {{ cwd: string, timeoutMs?: number, onFetch?: () => void, onStart?: (pid: number, stop: (why: string) => void) => void }} options
 */
export function runNpm(args, { cwd, timeoutMs, onFetch, onStart }) {
  const quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--no-progress", "--loglevel=http"];
  return new Promise((resolve) => {
    const child = spawn(isWindows ? "npm.cmd" : "npm", [...args, ...quiet], {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      shell: isWindows,
    });
    const lines = [];
    let stopped;
    const stop = (why) => {
      stopped = stopped ?? why;
      child.kill("SIGKILL");
    };
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => stop("timeout"), timeoutMs);
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on("line", (line) => {
        if (line.startsWith("npm http ")) return onFetch?.();
        lines.push(line);
        if (lines.length > linesMax) lines.shift();
      });
    // A signal may come to this process alone; npm would go on without it.
    const passOn = Object.fromEntries(
      ["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => [
        signal,
        () => {
          child.kill("SIGKILL");
          process.exit(128 + constants.signals[signal]);
        },
      ]),
    );
    for (const [signal, listener] of Object.entries(passOn)) process.on(signal, listener);
    const end = (status, code) => {
      clearTimeout(timer);
      for (const [signal, listener] of Object.entries(passOn)) process.off(signal, listener);
      resolve({ status, lines, stopped: code ?? stopped });
    };
    child.on("error", (error) => end(null, error.code === "ENOENT" ? "no npm" : error.message));
    child.on("close", (status) => end(status));
    if (child.pid !== undefined) onStart?.(child.pid, stop);
  });
}

/** npm's own settings that concern the way to packages; passwords in them are left out. */
export async function npmSettings(cwd) {
  // "config get" refuses all of them where one has a password in it.
  const { lines } = await runNpm(["config", "list", "-l", "--json"], { cwd, timeoutMs: 5_000 });
  const { env } = process;
  let told = {};
  try {
    told = JSON.parse(lines.filter((line) => !line.startsWith("npm ")).join("\n"));
  } catch {
    // npm is missing, or says something else: what the environment says is enough
  }
  const proxy =
    told["https-proxy"] ?? told.proxy ?? env.HTTPS_PROXY ?? env.https_proxy ?? env.HTTP_PROXY ?? env.http_proxy;
  return {
    registry: withoutPassword(told.registry ?? env.npm_config_registry),
    proxy: withoutPassword(proxy),
    cache: told.cache,
  };
}

/** An address as it may be shown. A password that is not encoded may hold any character, so the last @ ends it. */
const withoutPassword = (address) => address?.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, "$1***@");
