import { afterEach, beforeEach, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { dataFolder, keyFile, lockDataFolder, openDataFolder, readSecretFile } from "./data-folder.ts";
import { findPlanted } from "./find-planted.ts";

let root: string;
let path: string;
/** What an attacker would have overwritten, or sent elsewhere. */
let victim: string;

beforeEach(() => {
  root = makeTemporaryFolder();
  path = join(root, "data");
  victim = join(root, "victim");
  mkdirSync(path, { mode: 0o700 });
  writeFileSync(victim, "precious", { mode: 0o600 });
});

afterEach(() => removeTemporaryFolder(root));

const files = [
  ".writable",
  "lock",
  "sahab.db",
  "sahab.db-wal",
  "sahab.db-shm",
  "admin.key",
  "master.key",
  "journal/1.log",
];

test.each(files)(
  "%s that is a link, a hard link, a pipe, a folder or open to others stops the start, and nothing is written",
  (name) => {
    const file = join(path, name);
    mkdirSync(join(file, ".."), { recursive: true, mode: 0o700 });
    const planted: [found: string, plant: () => void][] = [
      ["is a symbolic link, to ", () => symlinkSync(victim, file)],
      ["has 2 names (hard links)", () => linkSync(victim, file)],
      ["is a pipe", () => void Bun.spawnSync(["mkfifo", file])],
      ["can be written by others (mode 666)", () => (writeFileSync(file, "planted"), chmodSync(file, 0o666))],
      ...(name === "journal/1.log" ? [] : [["is a folder", () => mkdirSync(file)] as [string, () => void]]),
    ];
    for (const [found, plant] of planted) {
      execFileSync("rm", ["-rf", file]);
      plant();
      expect(() => openDataFolder(path)).toThrow(`${file} ${found}`);
      expect(readFileSync(victim, "utf8")).toBe("precious");
      expect(existsSync(join(path, "run"))).toBe(false);
    }
  },
);

test.each(["journal", "run"])(
  "the folder %s that is a link stops the start, also one to a folder of this user",
  (name) => {
    mkdirSync(join(root, "elsewhere"));
    symlinkSync(join(root, "elsewhere"), join(path, name));
    expect(() => openDataFolder(path)).toThrow(`${join(path, name)} is a symbolic link`);
  },
);

test("the folder itself and the one of models may be links of this user's", () => {
  mkdirSync(join(root, "large"), { mode: 0o700 });
  symlinkSync(join(root, "large"), join(path, "models"));
  const link = join(root, "link");
  symlinkSync(path, link);
  const folder = openDataFolder(link);
  lockDataFolder(folder)();
  const { key } = keyFile(folder, "admin.key", "sk-");
  expect(findPlanted(openDataFolder(link))).toEqual([]);
  expect(keyFile(folder, "admin.key", "sk-")).toEqual({ key, created: false });
});

test("a key that others may read is theirs no longer; a link to one is not read", () => {
  const file = join(path, "admin.key");
  writeFileSync(file, "sk-0123456789abcdef");
  chmodSync(file, 0o644);
  expect(readSecretFile(file)).toBe("sk-0123456789abcdef");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  symlinkSync(victim, join(path, "master.key"));
  expect(() => readSecretFile(join(path, "master.key"))).toThrow("it is a symbolic link; a file is expected");
});

test("what belongs to another user is named", () => {
  if (process.getuid?.() !== 0) return;
  openDataFolder(path);
  writeFileSync(join(path, "sahab.db"), "");
  execFileSync("chown", ["12345", join(path, "sahab.db")]);
  expect(findPlanted(dataFolder(path))).toEqual([`${join(path, "sahab.db")} belongs to another user (12345)`]);
});
