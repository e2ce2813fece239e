import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dir, "findings");

/** Keeps an input that was found, for the tests to read it from now on. Returns the file's path. */
export function keepFinding(target: string, input: Buffer): string {
  const name = `${createHash("sha256").update(input).digest("hex").slice(0, 12)}.input`;
  mkdirSync(join(folder, target), { recursive: true });
  writeFileSync(join(folder, target, name), input);
  return join(folder, target, name);
}

/** All inputs that were found once. */
export function keptFindings(target: string): { name: string; input: Buffer }[] {
  const path = join(folder, target);
  if (!existsSync(path)) return [];
  return readdirSync(path).map((name) => ({ name, input: readFileSync(join(path, name)) }));
}
