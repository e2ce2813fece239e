// Starts an engine in its sandbox. Landlock restricts the thread that asks and what that starts, so this small program
// restricts itself and then becomes the engine (execve), with the same process number and channel to its parent.
import { openSync, readFileSync, writeFileSync } from "node:fs";
import { runtimeFlags } from "../../base/runtime-command.ts";
import { engineFiles, type EngineFiles } from "./engine-files.ts";
import { landlockVersion, restrictFiles } from "./landlock.ts";
import { openLibc, type Libc } from "./libc.ts";
import { restrictionVariable, type Restriction } from "./restriction.ts";

/** The runtime, llama.cpp and the model's parts need a few dozen; each process of Sahab's, 64 at most, has one connection or two. */
const openFilesMax = 1024;
/** From -1000 to 1000: when the machine runs out of memory, the largest ends first. An engine is started again. */
const outOfMemoryScore = 500;

const resources = { core: 4, openFiles: 7 } as const;
const prctl = { dropCapability: 24, setNoNewPrivileges: 38, ambientCapabilities: 47, clearAll: 4 } as const;
/** CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: a model's file may be another user's, and Landlock says which files count. */
const capabilitiesKept: ReadonlySet<number> = new Set([1, 2]);
/** CLOSE_RANGE_CLOEXEC and F_SETFD. */
const closeOnExec = 4;
const setFileFlags = 2;

const files = JSON.parse(process.argv[2] ?? "") as EngineFiles;
const args = process.argv.slice(3);
const restriction: Restriction = { files: null };
let libc: Libc | undefined;
try {
  libc = openLibc();
  setLimits(libc);
  restriction.files = restrict(libc);
} catch (error) {
  restriction.files = error instanceof Error ? error.message : String(error);
}
if (libc) become(libc);
// Without a C library that is known, the engine runs in this process.
process.env[restrictionVariable] = JSON.stringify(restriction);
process.argv.splice(1, process.argv.length - 1, files.program, ...args);
await import(files.program);

/** No core files, since they would hold prompts; few open files; of root's capabilities only those to reach files. */
function setLimits(libc: Libc): void {
  const limit = (resource: number, most: number) =>
    libc.call("prlimit64", 0, resource, BigUint64Array.of(BigInt(most), BigInt(most)), 0);
  limit(resources.core, 0);
  limit(resources.openFiles, openFilesMax);
  writeFileSync("/proc/self/oom_score_adj", String(outOfMemoryScore));
  libc.call("prctl", prctl.setNoNewPrivileges, 1, 0, 0, 0);
  libc.call("prctl", prctl.ambientCapabilities, prctl.clearAll, 0, 0, 0);
  // What is dropped here is gone with the next execve. Other users have none, and are refused.
  for (let capability = 0; capability < 64; capability++)
    if (!capabilitiesKept.has(capability)) libc.call("prctl", prctl.dropCapability, capability, 0, 0, 0);
}

/** Null when files are restricted, else why not. */
function restrict(libc: Libc): string | null {
  const version = landlockVersion(libc);
  if (typeof version === "string") return version;
  restrictFiles(libc, version, engineFiles(files));
  return null;
}

/** Throws when it fails, and else never returns. */
function become(libc: Libc): never {
  // The runtime takes the variables of its channel out of process.env.
  const own = readFileSync("/proc/self/environ", "utf8").split("\0");
  const channel = own.flatMap((entry) => /^NODE_CHANNEL_FD=(\d+)$/.exec(entry)?.[1] ?? []).map(Number);
  // Held open while the engine runs: the kernel may forget an unused folder of /proc, and the rule for it too.
  const self = openSync("/proc/self", "r");
  // Nothing else that happens to be open may come into the sandbox.
  libc.call("close_range", 3, 0x7fff_ffff, closeOnExec);
  for (const file of [...channel, self]) libc.call("fcntl", file, setFileFlags, 0);
  const environment = [
    ...own.filter((entry) => entry !== "" && !entry.startsWith("BUN_RUNTIME_TRANSPILER_CACHE_PATH=")),
    `${restrictionVariable}=${JSON.stringify(restriction)}`,
    // An engine that could write to the runtime's cache could change what other programs run. Without, a start takes 60 ms longer.
    "BUN_RUNTIME_TRANSPILER_CACHE_PATH=0",
  ];
  // Nor does it look for settings, which it may not read.
  const command = [process.execPath, ...runtimeFlags, "--config=/dev/null", files.program, ...args];
  const errno = libc.execve(process.execPath, command, environment);
  throw new Error(`cannot start the engine's process: execve failed with error ${errno}`);
}
