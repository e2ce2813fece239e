import { accessSync, constants, existsSync, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import type { ClientProgram } from "../../connect/client-program.ts";
import type { Places } from "../../connect/places.ts";

/** What shows that a program is on this machine: its command, or what it has made; undefined where nothing does. */
export function findHere({ signs }: ClientProgram, places: Places): string | undefined {
  for (const command of signs.commands ?? []) {
    const found = findCommand(command, places);
    if (found !== undefined) return found;
  }
  return signs.paths?.(places).find((path) => existsSync(path));
}

function findCommand(command: string, { commandPath, platform }: Places): string | undefined {
  const endings = platform === "win32" ? [".exe", ".cmd", ".bat"] : [""];
  // A relative folder would count from Sahab's own.
  const folders = commandPath.split(delimiter).filter((folder) => isAbsolute(folder));
  return folders.flatMap((folder) => endings.map((ending) => join(folder, command + ending))).find(isCommand);
}

function isCommand(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
