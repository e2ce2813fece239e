import { lstatSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomText } from "./ids.ts";

/** The header in which a command on the server's own machine shows that it may write into the data folder. */
export const ownerHeader = "x-sahab-owner";

/**
 * Whoever can put a file into a folder of Sahab's is its owner, who may name any file of the machine; a caller from the network
 * with an admin key may not. A command makes such a file for one request, and the server removes it when it has seen it.
 * Undefined where this user cannot write there.
 */
export function createOwnerProof(folder: string): { id: string; remove(): void } | undefined {
  const id = randomText(idLength);
  const path = pathOf(folder, id);
  try {
    writeFileSync(path, "", { mode: 0o600, flag: "wx" });
  } catch {
    return undefined;
  }
  return { id, remove: () => rmSync(path, { force: true }) };
}

/** Whether the caller has shown it. A proof counts once. */
export function takeOwnerProof(folder: string, id: string | null): boolean {
  if (id === null || id.length !== idLength || !/^[0-9a-z]+$/.test(id)) return false;
  const path = pathOf(folder, id);
  try {
    if (!lstatSync(path).isFile()) return false;
    rmSync(path);
    return true;
  } catch {
    return false;
  }
}

const idLength = 40;
const pathOf = (folder: string, id: string) => join(folder, `.owner-${id}`);
