import { closeSync, fstatSync, openSync } from "node:fs";
import { noSuchCall, type Libc } from "./libc.ts";

/** What may be done with a file, or with everything in a folder. All else is refused. */
export interface FileRule {
  path: string;
  allow: "list" | "read" | "run" | "write-device" | "keep-sockets";
}

/** The version of Landlock's interface, or why the kernel has none. */
export function landlockVersion(libc: Libc): number | string {
  const { result, errno } = libc.call("landlock_create_ruleset", 0, 0, 1);
  if (errno === 0) return result;
  if (errno === noSuchCall) return "the kernel has no Landlock, which came with Linux 5.13";
  if (errno === 95) return "Landlock is switched off; the kernel's parameter lsm= switches it on";
  return `Landlock is forbidden here (error ${errno}), as some containers do`;
}

/**
 * Restricts this thread, and all that it starts, to the files of the rules, and where the kernel can do that, to no TCP and to
 * signals and abstract sockets of its own. A path that does not exist is left out. Throws when the kernel refuses.
 */
export function restrictFiles(libc: Libc, version: number, rules: readonly FileRule[]): void {
  const handled = allRights(version);
  const attributes = BigUint64Array.of(handled, version >= 4 ? tcpRights : 0n, version >= 6 ? scopes : 0n);
  const bytes = version >= 6 ? 24 : version >= 4 ? 16 : 8;
  const ruleset = must("landlock_create_ruleset", libc.call("landlock_create_ruleset", attributes, bytes, 0));
  for (const rule of rules) addRule(libc, ruleset, handled, rule);
  must("landlock_restrict_self", libc.call("landlock_restrict_self", ruleset, 0));
  closeSync(ruleset);
}

function addRule(libc: Libc, ruleset: number, handled: bigint, { path, allow }: FileRule): void {
  let file: number;
  try {
    file = openSync(path, openPath | closeOnExec);
  } catch {
    return; // It is not there, or cannot be reached: there is nothing to allow.
  }
  const rule = Buffer.alloc(12);
  rule.writeBigUInt64LE(rights[allow] & handled & (fstatSync(file).isDirectory() ? ~0n : fileRights), 0);
  rule.writeInt32LE(file, 8);
  must(`landlock_add_rule for ${path}`, libc.call("landlock_add_rule", ruleset, 1, rule, 0));
  closeSync(file);
}

const execute = 1n << 0n;
const writeFile = 1n << 1n;
const readFile = 1n << 2n;
const readFolder = 1n << 3n;
const removeFile = 1n << 5n;
const makeSocket = 1n << 9n;
const truncate = 1n << 14n;
const ioctlDevice = 1n << 15n;

const rights: Record<FileRule["allow"], bigint> = {
  list: readFolder,
  read: readFile | readFolder,
  run: readFile | execute,
  "write-device": readFile | readFolder | writeFile | truncate | ioctlDevice,
  // A socket is made under one name and renamed to another.
  "keep-sockets": makeSocket | removeFile,
};
/** Those that a rule on something other than a folder may give. */
const fileRights = execute | writeFile | readFile | truncate | ioctlDevice;
const tcpRights = 0b11n;
/** Abstract unix sockets, and signals. */
const scopes = 0b11n;

/** Every right to files that a version knows. */
function allRights(version: number): bigint {
  const count = version >= 5 ? 16n : version >= 3 ? 15n : version === 2 ? 14n : 13n;
  return (1n << count) - 1n;
}

/** O_PATH, which Node does not name: opens a file as a place, even where it may not be read. */
const openPath = 0o10000000;
/** O_CLOEXEC. */
const closeOnExec = 0o2000000;

function must(what: string, { result, errno }: { result: number; errno: number }): number {
  if (errno !== 0) throw new Error(`${what} failed with error ${errno}`);
  return result;
}
