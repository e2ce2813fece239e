import {
  chmodSync,
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { randomText } from "../base/ids.ts";
import { parseServerAddress } from "../base/server-address.ts";
import { cannotRead } from "./cannot-read.ts";
import { CommandError } from "./command-error.ts";

/** What `sahab login` remembers: an address and the key that belongs to it. */
interface Login {
  address: string;
  key: string;
}

export const loginFile = (dataDir: string) => join(dataDir, "login.json");

export function readLogin(dataDir: string): Login | undefined {
  const file = loginFile(dataDir);
  let text: string;
  try {
    const descriptor = openSync(file, "r");
    try {
      const { mode } = fstatSync(descriptor);
      if (process.platform !== "win32" && (mode & 0o077) !== 0)
        throw new CommandError(
          `The key in ${file} can be read by other users of this machine (mode ${(mode & 0o777).toString(8)}); run: chmod 600 ${file} (and give it a new key if it may have been read)`,
        );
      text = readFileSync(descriptor, "utf8");
    } finally {
      closeSync(descriptor);
    }
  } catch (cause) {
    if (cause instanceof CommandError) throw cause;
    const { code } = cause as { code?: string };
    // ENOTDIR: what is in the data folder's place is a matter for the commands that need it.
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw cannotRead(file, cause);
  }
  try {
    const { address, key } = JSON.parse(text) as Partial<Login>;
    if (typeof address === "string" && typeof key === "string") return { address: parseServerAddress(address), key };
  } catch {
    // What is wrong with it may quote the key.
  }
  throw new CommandError(`${file} is damaged; run sahab login again, or remove it`);
}

export function writeLogin(dataDir: string, login: Login): string {
  const file = loginFile(dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const part = `${file}.${randomText(8)}`;
  try {
    writeFileSync(part, `${JSON.stringify(login)}\n`, { mode: 0o600, flag: "wx", flush: true });
    // The process's mask cannot widen a mode, but it can take the owner's own rights away.
    chmodSync(part, 0o600);
    renameSync(part, file);
  } catch (cause) {
    rmSync(part, { force: true });
    throw new CommandError(`Cannot write ${file}: ${(cause as { code?: string }).code ?? String(cause)}`, { cause });
  }
  return file;
}

/** Says whether there was something to forget. */
export function removeLogin(dataDir: string): boolean {
  try {
    rmSync(loginFile(dataDir));
    return true;
  } catch (cause) {
    if ((cause as { code?: string }).code === "ENOENT") return false;
    throw cause;
  }
}
