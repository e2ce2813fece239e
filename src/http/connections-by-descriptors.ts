import { readFileSync } from "node:fs";

/** Database, journal, logs, engines, and what the runtime needs. */
const ownDescriptors = 256;
const connectionsMin = 64;

/** How many clients' connections this process may have with the files that it may open: each may need one to a vendor beside it. */
export function connectionsByDescriptors(): number {
  return Math.max(connectionsMin, Math.floor((openFilesMax() - ownDescriptors) / 2));
}

/** Where there is no Linux, nobody says. */
function openFilesMax(): number {
  try {
    const found = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return found === undefined ? Number.POSITIVE_INFINITY : Number(found);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
