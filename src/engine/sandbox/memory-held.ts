import { readFileSync } from "node:fs";

/**
 * The memory in bytes that a process holds and that the kernel cannot take back: not what is mapped from files. 0 where the
 * system does not tell.
 */
export function memoryHeld(pid: number): number {
  return sumOf(pid, /^(?:RssAnon|RssShmem|VmSwap):\s*(\d+)/gm);
}

/** The memory in bytes that a process takes from the machine, with what of its model's file is in memory; 0 where the system does not tell. */
export function memoryResident(pid: number): number {
  return sumOf(pid, /^(?:VmRSS|VmSwap):\s*(\d+)/gm);
}

function sumOf(pid: number, lines: RegExp): number {
  if (process.platform !== "linux") return 0;
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/status`, "latin1");
  } catch {
    return 0; // It has just ended.
  }
  let kibibytes = 0;
  for (const [, amount] of text.matchAll(lines)) kibibytes += Number(amount);
  return kibibytes * 1024;
}
