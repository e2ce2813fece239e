import { SahabError } from "../../base/errors.ts";
import { callFilter } from "./call-filter.ts";
import { openLibc } from "./libc.ts";
import { restrictionVariable, type Restriction, type SandboxMode } from "./restriction.ts";
import { thisMachine } from "./system-calls.ts";

/**
 * Closes the sandbox: from here on, no thread of this process may make a call that an engine does not need, such as starting a
 * program. Called by the engine when its libraries are loaded (one of them starts a process to try another) and before llama.cpp
 * sees the first byte of a model. Returns what the sandbox is: `full`, `partial: why` or `none: why`. Throws
 * `engine_unavailable` when it is required and not full.
 */
export function sealSandbox(mode: SandboxMode): string {
  if (mode === "off") return "none: SAHAB_ENGINE_SANDBOX is off";
  const files = restrictionOfFiles();
  const calls = restrictCalls();
  const state =
    files === null && calls === null
      ? "full"
      : files !== null && calls !== null
        ? `none: ${files === calls ? files : `${files}; ${calls}`}`
        : `partial: ${files === null ? `system calls are open: ${calls}` : `files are open: ${files}`}`;
  if (mode === "require" && state !== "full")
    throw new SahabError(
      "engine_unavailable",
      `SAHAB_ENGINE_SANDBOX is "require", and the sandbox here is ${state}; "auto" runs the engine nevertheless`,
    );
  return state;
}

const elsewhere = "the sandbox is made of Landlock and seccomp, which are in Linux on x86-64 and arm64";

function restrictionOfFiles(): string | null {
  const text = process.env[restrictionVariable];
  return text === undefined ? elsewhere : (JSON.parse(text) as Restriction).files;
}

/** Null when system calls are restricted, else why not. */
function restrictCalls(): string | null {
  const machine = thisMachine();
  if (!machine) return elsewhere;
  try {
    const libc = openLibc();
    const filter = callFilter(machine, { pid: process.pid, isMusl: libc.isMusl });
    const program = BigUint64Array.of(BigInt(filter.byteLength / 8), BigInt(libc.address(filter)));
    const { result, errno } = libc.call("seccomp", setFilter, forAllThreads, program);
    if (errno === 0 && result === 0) return null;
    return result > 0 ? `thread ${result} cannot be restricted` : `seccomp is forbidden here (error ${errno})`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** SECCOMP_SET_MODE_FILTER and SECCOMP_FILTER_FLAG_TSYNC. */
const setFilter = 1;
const forAllThreads = 1;
