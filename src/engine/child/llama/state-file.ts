import { closeSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openLibc, type Libc } from "../../sandbox/libc.ts";

/** Where llama.cpp writes a sequence's state: memory that has the form of a file. */
export interface StateFile {
  readonly path: string;
  /** Gives the memory back. */
  close(): void;
}

/** Makes state files. Throws where the machine has no memory for one. */
export type StateFiles = () => StateFile;

/** MFD_CLOEXEC. */
const closeOnExec = 1;

/**
 * On Linux, memory without a name (memfd_create), that no other process reaches and that is gone with this one. Elsewhere a file in
 * the folder, which only its owner reads.
 */
export function openStateFiles(folder: string): StateFiles {
  let libc: Libc | undefined;
  try {
    libc = openLibc();
  } catch {
    // Another system, or a C library that is not known.
  }
  return libc ? () => inMemory(libc) : () => inFolder(folder);
}

const name = Buffer.from("state\0");

function inMemory(libc: Libc): StateFile {
  const { result, errno } = libc.call("memfd_create", name, closeOnExec);
  if (errno !== 0) throw new Error(`no memory for a state: memfd_create failed with error ${errno}`);
  return { path: `/proc/self/fd/${result}`, close: () => closeSync(result) };
}

let made = 0;

function inFolder(folder: string): StateFile {
  const path = join(folder, `state-${process.pid}-${++made}`);
  return { path, close: () => rmSync(path, { force: true }) };
}
