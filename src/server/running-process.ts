import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const fileIn = (folder: string) => join(folder, "pid");

/** Notes which process runs on the data folder. Only the one that holds its lock may. */
export function noteRunningProcess(folder: string): void {
  try {
    forgetRunningProcess(folder);
    writeFileSync(fileIn(folder), `${process.pid} ${startOf(process.pid)}\n`, { mode: 0o600 });
  } catch {
    // On a full disk: only `sahab stop` needs it, and says so.
  }
}

export function forgetRunningProcess(folder: string): void {
  rmSync(fileIn(folder), { force: true });
}

/** The process that was noted; undefined where there is none, or another process has its number by now. */
export function findRunningProcess(folder: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(fileIn(folder), "utf8");
  } catch {
    return undefined;
  }
  const [, number = "", start] = /^(\d{1,10}) (\S+)\n$/.exec(text) ?? [];
  const pid = Number(number);
  return pid > 1 && start === startOf(pid) ? pid : undefined;
}

/** When a process began, where Linux tells it: with its number it is the same process, and the same on this machine only. */
function startOf(pid: number): string {
  if (process.platform !== "linux") return "-";
  try {
    // The name, in brackets, may hold spaces. The start is the 22nd field.
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "-";
  } catch {
    return "-";
  }
}

/** Wall time when this process began, in milliseconds since 1970. */
export function processStartedMs(): number {
  return Math.round(performance.timeOrigin);
}
