import { cpSync, existsSync, readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";

interface Instruction {
  name: string;
  /** What follows the name, lines that were continued put together. */
  text: string;
}

/** The parts of a Dockerfile from one FROM to the next. */
export function readDockerfile(text: string): Instruction[][] {
  const lines = text
    .split("\n")
    .filter((line) => !line.trimStart().startsWith("#"))
    .join("\n")
    .replace(/\\\n/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "");
  const stages: Instruction[][] = [];
  for (const line of lines) {
    const [, name = "", rest = ""] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (!known.has(name)) throw new Error(`not an instruction that is understood here: ${line}`);
    if (name === "FROM") stages.push([]);
    stages.at(-1)?.push({ name, text: rest });
  }
  return stages;
}

const known = new Set("FROM WORKDIR COPY RUN ENV USER VOLUME EXPOSE STOPSIGNAL HEALTHCHECK ENTRYPOINT CMD".split(" "));

/** Copies what a .dockerignore leaves of the folders and files that it names again with `!`. The last line that fits counts. */
export function copyContext(from: string, to: string, ignored: string): void {
  const rules = ignored
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ isKept: line.startsWith("!"), pattern: line.replace(/^!/, "") }));
  const globs = rules.map(({ isKept, pattern }) => ({
    isKept,
    all: [new Bun.Glob(pattern), new Bun.Glob(`${pattern}/**`)],
  }));
  const isKept = (path: string) => globs.findLast(({ all }) => all.some((glob) => glob.match(path)))?.isKept ?? true;
  for (const { isKept: isNamed, pattern } of rules) {
    if (!isNamed || !existsSync(join(from, pattern))) continue;
    for (const path of filesIn(join(from, pattern))) {
      const name = relative(from, path);
      if (isKept(name)) cpSync(path, join(to, name), { preserveTimestamps: true });
    }
  }
}

function filesIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The text of the last instruction of a name; throws where there is none. */
export function lastOf(stage: readonly Instruction[], name: string): string {
  const found = stage.findLast((instruction) => instruction.name === name);
  if (!found) throw new Error(`the Dockerfile has no ${name}`);
  return found.text;
}
