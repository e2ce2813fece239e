import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, sep } from "node:path";
import { partNames } from "../gguf/parts.ts";
import type { FileRule } from "./landlock.ts";

export interface EngineFiles {
  /** Absolute paths: the program to run, the model's file (any part of it), the socket. */
  program: string;
  model: string;
  socketPath: string;
  /** Absolute paths of its adapters. */
  loras: readonly string[];
  /** An installation of node-llama-cpp with GPU back ends, if there is one. */
  gpuModuleDir: string | null;
}

/** All that an engine's process may reach of the file system, worked out in the process that becomes it. */
export function engineFiles(files: EngineFiles): FileRule[] {
  const read = (paths: readonly string[]): FileRule[] => paths.map((path) => ({ path, allow: "read" as const }));
  const runtime = mappedFiles();
  const modelParts = partNames(files.model.slice(dirname(files.model).length + 1));
  return [
    ...runtime.map((path) => ({ path, allow: isLoader(path) ? ("run" as const) : ("read" as const) })),
    { path: realpathSync(process.execPath), allow: "run" },
    // The runtime looks for libraries in the program's folder. Names alone, since files of secrets may be there too.
    { path: programFolder, allow: "list" },
    // Of an installed package: the folder whose node_modules has it. The runtime looks there for llama.cpp's binaries.
    { path: installedIn(), allow: "list" },
    ...read(programFiles(files.program)),
    ...read(modelParts.map((name) => join(dirname(files.model), name))),
    ...read(files.loras),
    ...read(systemFiles.filter((path) => isApart(path, files.socketPath))),
    { path: "/dev/null", allow: "write-device" },
    { path: dirname(files.socketPath), allow: "keep-sockets" },
    ...(files.gpuModuleDir !== null && existsSync(files.gpuModuleDir) ? gpuFiles(files.gpuModuleDir) : []),
  ];
}

/** Libraries, clocks, and what the runtime and llama.cpp ask about processors and memory. No file of a user is in these. */
const systemFiles = [
  "/lib",
  "/lib64",
  "/usr/lib",
  "/usr/lib64",
  "/usr/local/lib",
  "/nix/store",
  "/gnu/store",
  "/etc/ld.so.cache",
  "/etc/localtime",
  "/usr/share/zoneinfo",
  "/dev/zero",
  "/dev/urandom",
  "/dev/random",
  "/proc/self",
  "/proc/cpuinfo",
  "/proc/meminfo",
  "/proc/stat",
  "/proc/vmstat",
  "/proc/sys/vm",
  "/proc/version",
  "/sys/devices/system",
  "/sys/fs/cgroup",
  "/sys/kernel/mm",
];

const programFolder = join(import.meta.dir, "..", "..", "..");

const libraries = () => Bun.resolveSync("node-llama-cpp/package.json", import.meta.dir);
const installedIn = () => dirname(upTo("node_modules", libraries()));

/** Where code is. */
function programFiles(program: string): string[] {
  return [
    dirname(program),
    join(programFolder, "src"),
    join(programFolder, "package.json"),
    join(programFolder, "tsconfig.json"),
    join(installedIn(), "package.json"),
    upTo("node_modules", libraries()),
    // In a checkout whose libraries are links.
    upTo("node_modules", realpathSync(libraries())),
  ];
}

function gpuFiles(moduleDir: string): FileRule[] {
  const devices = namesIn("/dev").filter((name) => /^(nvidia.*|dri|kfd)$/.test(name));
  const libraries = [process.env["LD_LIBRARY_PATH"], process.env["CUDA_PATH"]]
    .flatMap((paths) => paths?.split(":") ?? [])
    .filter((path) => isAbsolute(path) && isApart(path, homedir()) && isApart(path, moduleDir));
  const read = [
    upTo("node_modules", moduleDir),
    // All of /proc: the library tries each of its binaries in a process of its own. What is secret there (environ, mem, fd) is
    // refused by Landlock for processes outside.
    "/proc",
    "/sys/bus",
    "/sys/class",
    "/sys/devices",
    "/sys/module",
    ...namesIn("/usr/local").flatMap((name) => (name.startsWith("cuda") ? join("/usr/local", name) : [])),
    "/opt/rocm",
    "/etc/vulkan",
    "/etc/OpenCL",
    "/usr/share/vulkan",
    "/usr/share/nvidia",
    "/usr/share/glvnd",
    "/usr/share/libdrm",
    ...libraries,
  ];
  return [
    { path: dirname(upTo("node_modules", moduleDir)), allow: "list" },
    // Where the library looks for versions of CUDA.
    { path: "/usr/local", allow: "list" },
    ...read.map((path) => ({ path, allow: "read" as const })),
    ...devices.map((name) => ({ path: join("/dev", name), allow: "write-device" as const })),
  ];
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // Not every system has it.
  }
}

/** Whether a folder does not hold another path: it may not open a data folder, nor LD_LIBRARY_PATH=/root a home. */
function isApart(folder: string, path: string): boolean {
  return !`${path}${sep}`.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

/** The path up to its first folder of this name. */
function upTo(folder: string, path: string): string {
  const at = path.indexOf(`${sep}${folder}${sep}`);
  return at === -1 ? path : path.slice(0, at + 1 + folder.length);
}

/** The files that this process is made of: the runtime and the libraries that it came with. */
function mappedFiles(): string[] {
  const lines = readFileSync("/proc/self/maps", "utf8").split("\n");
  const paths = lines.flatMap((line) => /^\S+ \S+ \S+ \S+ [1-9]\d* +(\/.*)$/.exec(line)?.[1] ?? []);
  return [...new Set(paths)].filter((path) => /\.so(\.[\d.]+)?$/.test(path));
}

/** The kernel runs it to start a program that has libraries. */
const isLoader = (path: string) => /\/ld[-.][^/]*$/.test(path);
