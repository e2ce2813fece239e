import { readFileSync } from "node:fs";

/**
 * The memory in bytes that a process holds and that the kernel cannot take back: not what is mapped from files. 0 where the
 * system does not tell.
 */
export function memoryHeld(pid: number): number {
  if (process.platform !== "linux") return 0;
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/status`, "latin1");
  } catch {
    return 0; // It has just ended.
  }
  let kibibytes = 0;
  for (const [, amount] of text.matchAll(/^(?:RssAnon|RssShmem|VmSwap):\s*(\d+)/gm)) kibibytes += Number(amount);
  return kibibytes * 1024;
}
