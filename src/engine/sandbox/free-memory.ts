import { readFileSync } from "node:fs";
import { freemem, totalmem } from "node:os";
import { join } from "node:path";

/**
 * Bytes of memory that programs may still take on this machine, or in this container: what is used for files that can be read again
 * counts as free.
 */
export function freeMemory(): number {
  const available = numberIn("/proc/meminfo", /^MemAvailable:\s+(\d+) kB$/m);
  const ofMachine = available === undefined ? freemem() : available * 1024;
  const limit = process.constrainedMemory();
  if (!(limit > 0 && limit < totalmem())) return ofMachine;
  const own = /^0::(\/.*)$/m.exec(read("/proc/self/cgroup") ?? "")?.[1] ?? "/";
  const folders = [join("/sys/fs/cgroup", own), "/sys/fs/cgroup", "/sys/fs/cgroup/memory"];
  const used = folders.map(usedIn).find((bytes) => bytes !== undefined) ?? 0;
  return Math.max(0, Math.min(ofMachine, limit - used));
}

/** What a control group uses, by its files of version 2 or 1, without what is kept of files. */
function usedIn(folder: string): number | undefined {
  const used =
    numberIn(join(folder, "memory.current"), /^(\d+)/) ?? numberIn(join(folder, "memory.usage_in_bytes"), /^(\d+)/);
  if (used === undefined) return undefined;
  const files = numberIn(join(folder, "memory.stat"), /^(?:total_)?inactive_file (\d+)$/m) ?? 0;
  return Math.max(0, used - files);
}

function numberIn(path: string, pattern: RegExp): number | undefined {
  const found = pattern.exec(read(path) ?? "")?.[1];
  return found === undefined ? undefined : Number(found);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
