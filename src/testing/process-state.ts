import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** The open descriptors of a process by kind: socket, file, pipe, anon_inode. */
export function openDescriptors(pid: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of readdirSync(`/proc/${pid}/fd`)) {
    const kind = kindOf(`/proc/${pid}/fd/${name}`);
    if (kind !== undefined) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** Undefined for one that was closed meanwhile. */
function kindOf(path: string): string | undefined {
  try {
    const target = readlinkSync(path);
    return target.startsWith("/") ? "file" : target.slice(0, target.indexOf(":"));
  } catch {
    return undefined;
  }
}

export function residentBytes(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib) * 1024;
}
