import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const consoleFolder = fileURLToPath(new URL("..", import.meta.url));

interface LockEntry {
  version?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

/** SHA-256 over all that decides what a build makes: the sources, and the versions of the packages that go into it. */
export function sourceHash(): string {
  const hash = createHash("sha256");
  const files = ["index.html", "vite.config.ts", ...filesUnder("build"), ...filesUnder("src")];
  for (const file of files.filter((it) => !/\.test\.tsx?$|\.d\.ts$/.test(it)).toSorted()) {
    // Line ends may differ between checkouts.
    const text = readFileSync(join(consoleFolder, file), "utf8").replaceAll("\r\n", "\n");
    hash.update(`${file}\n${text.length}\n${text}\n`);
  }
  for (const line of packageVersions()) hash.update(`${line}\n`);
  return hash.digest("hex");
}

function filesUnder(folder: string): string[] {
  return readdirSync(join(consoleFolder, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(consoleFolder, join(entry.parentPath, entry.name)).split(sep).join("/"));
}

/** `name@version` of the console's packages and of theirs, as the lock has them. */
function packageVersions(): string[] {
  const lock = JSON.parse(readFileSync(join(consoleFolder, "..", "package-lock.json"), "utf8")) as {
    packages: Record<string, LockEntry>;
  };
  const found = new Set<string>();
  const visit = (entry: LockEntry | undefined, path: string) => {
    const names = {
      ...entry?.dependencies,
      ...entry?.peerDependencies,
      ...(path === "console" && entry?.devDependencies),
    };
    for (const name of Object.keys(names)) {
      const inner = `${path}/node_modules/${name}`;
      const place = lock.packages[inner] ? inner : `node_modules/${name}`;
      const line = `${place}@${lock.packages[place]?.version ?? "none"}`;
      if (found.has(line)) continue;
      found.add(line);
      visit(lock.packages[place], place);
    }
  };
  visit(lock.packages["console"], "console");
  return [...found].toSorted();
}
