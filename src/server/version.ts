import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import manifest from "../../package.json" with { type: "json" };

export const version: string = manifest.version;

/** The commit of the checkout that runs; empty where this is no checkout. Read from the files of git, which need not be installed. */
export function readCommit(folder = join(import.meta.dir, "..", "..")): string {
  try {
    const git = gitFolder(folder);
    const head = readText(join(git, "HEAD"));
    const ref = /^ref: (\S+)$/.exec(head)?.[1];
    if (ref === undefined) return head;
    const common = readOr(join(git, "commondir"), ".");
    const shared = resolve(git, common);
    const loose = readOr(join(shared, ref), "");
    if (loose !== "") return loose;
    const packed = readText(join(shared, "packed-refs"));
    return (
      packed
        .split("\n")
        .find((line) => line.endsWith(` ${ref}`))
        ?.split(" ")[0] ?? ""
    );
  } catch {
    return "";
  }
}

/** A working tree beside another has a file that names the folder. */
function gitFolder(folder: string): string {
  const git = join(folder, ".git");
  if (statSync(git).isDirectory()) return git;
  return resolve(folder, readText(git).replace(/^gitdir: /, ""));
}

function readText(file: string): string {
  return readFileSync(file, "utf8").trim();
}

function readOr(file: string, otherwise: string): string {
  try {
    return readText(file);
  } catch {
    return otherwise;
  }
}
