import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { World } from "./world.ts";

export function newFolder({ folder }: World): string {
  const path = join(folder, `disk-${Bun.randomUUIDv7()}`);
  mkdirSync(path, { mode: 0o700 });
  return path;
}
