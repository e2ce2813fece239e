import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** Whether system calls can be traced on this machine. */
export function canTrace(): boolean {
  if (process.platform !== "linux") return false;
  const probe = ["strace", "-qq", "-e", "trace=none", "true"];
  try {
    return Bun.spawnSync(probe, { stdout: "ignore", stderr: "ignore" }).exitCode === 0;
  } catch {
    return false;
  }
}

const traced =
  "openat,write,pwrite64,fsync,fdatasync,ftruncate,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,link";

/** Runs a program whose calls about files are written into `folder`, one file for each of its threads. */
export const tracedIn = (folder: string): string[] => [
  "strace",
  // The program itself is the child, so that its signals reach it.
  ..."-D -ff -qq -y -ttt -T -xx -s 1000000 --seccomp-bpf -e signal=none".split(" "),
  "-e",
  `trace=${traced}`,
  "-o",
  join(folder, "trace"),
];

/** A call that succeeded. */
interface Call {
  name: string;
  /** Milliseconds since 1970. What it writes is certain at the end; what it takes away may be gone from the start on. */
  startMs: number;
  endMs: number;
  arguments: string;
}

const linePattern = /^(\d+\.\d+) (\w+)\((.*)\)\s+= (-?\d+)(?:<[^>]*>)? <(\d+\.\d+)>$/;

function parseLine(line: string): Call | undefined {
  const [, time, name, text, result, duration] = linePattern.exec(line) ?? [];
  if (!time || !name || text === undefined || Number(result) < 0) return undefined;
  const startMs = Number(time) * 1_000;
  return { name, startMs, endMs: startMs + Number(duration) * 1_000, arguments: text };
}

const unhex = (text: string): Buffer => Buffer.from(text.replaceAll("\\x", ""), "hex");
const pathIn = (text: string): string => unhex(text).toString("utf8");

interface TracedFile {
  /** As the program sees it. */
  bytes: Buffer;
  /** What a power cut leaves of it. */
  synced: Buffer;
  /** Its name is in a folder that was synced since. */
  isNamed: boolean;
  /** Each write returns when it is on the disk. */
  isSynchronous: boolean;
}

/**
 * What a power cut would leave of a folder, from the traced calls of the programs that used it: the worst that POSIX allows. Of
 * what was written only what was synced is there, of new files only those whose folder was synced; what was deleted is gone.
 */
export class SyncedDisk {
  readonly #root: string;
  readonly #calls: Call[];
  readonly #files = new Map<string, TracedFile>();
  #at = 0;

  constructor(root: string, traceFolder: string) {
    this.#root = root;
    this.#calls = readdirSync(traceFolder)
      .flatMap((file) => readFileSync(join(traceFolder, file), "latin1").split("\n"))
      .flatMap((line) => parseLine(line) ?? [])
      .toSorted((a, b) => timeOf(a) - timeOf(b));
  }

  /** When files whose path ends so were deleted, milliseconds since 1970. */
  deletions(ending: string): number[] {
    return this.#calls
      .filter((call) => isDeletion(call) && pathsOf(call)[0]?.endsWith(ending))
      .map(({ startMs }) => startMs);
  }

  /** Goes on to a time; times only grow. */
  moveTo(timeMs: number): void {
    for (let call = this.#calls[this.#at]; call && timeOf(call) <= timeMs; call = this.#calls[++this.#at])
      this.#apply(call);
  }

  /** Writes the folder as a power cut would leave it now. */
  writeTo(target: string): void {
    for (const [path, { synced, isNamed }] of this.#files) {
      if (!isNamed) continue;
      const copy = join(target, relative(this.#root, path));
      mkdirSync(dirname(copy), { recursive: true });
      writeFileSync(copy, synced);
    }
  }

  #apply(call: Call): void {
    const { name } = call;
    if (name === "openat") this.#open(call.arguments);
    else if (name === "write" || name === "pwrite64") this.#write(name, call.arguments);
    else if (name === "ftruncate") this.#truncate(call.arguments);
    else if (name === "fsync" || name === "fdatasync") this.#sync(call.arguments);
    else if (isDeletion(call)) this.#files.delete(pathsOf(call)[0] ?? "");
    else if (name.startsWith("rename")) {
      const [from = "", to = ""] = pathsOf(call);
      const file = this.#files.get(from);
      if (!file) return;
      this.#files.delete(from);
      this.#files.set(to, { ...file, isNamed: false });
    }
  }

  #open(text: string): void {
    const [, hex, flags = ""] = /"((?:\\x[0-9a-f]{2})+)", ([A-Z_|]+)/.exec(text) ?? [];
    const path = hex === undefined ? "" : pathIn(hex);
    if (!path.startsWith(`${this.#root}/`) || !flags.includes("O_CREAT")) return;
    const known = this.#files.get(path);
    const isSynchronous = flags.includes("O_DSYNC");
    if (known) known.isSynchronous ||= isSynchronous;
    else this.#files.set(path, { bytes: Buffer.alloc(0), synced: Buffer.alloc(0), isNamed: false, isSynchronous });
  }

  #write(name: string, text: string): void {
    const file = this.#fileOf(text);
    if (!file) return;
    const [, hex = "", rest = ""] = /"((?:\\x[0-9a-f]{2})*)"(.*)$/.exec(text) ?? [];
    const data = unhex(hex);
    // A plain write goes to the end: journals are appended to, and the other files are written once from their beginning.
    const at = name === "write" ? file.bytes.length : Number(/, (\d+)$/.exec(rest)?.[1]);
    const bytes = Buffer.alloc(Math.max(file.bytes.length, at + data.length));
    file.bytes.copy(bytes);
    data.copy(bytes, at);
    file.bytes = bytes;
    if (file.isSynchronous) file.synced = bytes;
  }

  #truncate(text: string): void {
    const file = this.#fileOf(text);
    const length = Number(/, (\d+)$/.exec(text)?.[1]);
    if (!file) return;
    const bytes = Buffer.alloc(length);
    file.bytes.copy(bytes);
    file.bytes = bytes;
    if (file.isSynchronous) file.synced = bytes;
  }

  #sync(text: string): void {
    const path = fdPath(text);
    const file = this.#files.get(path);
    if (file) file.synced = file.bytes;
    else for (const [name, entry] of this.#files) if (dirname(name) === path) entry.isNamed = true;
  }

  #fileOf(text: string): TracedFile | undefined {
    return this.#files.get(fdPath(text));
  }
}

function fdPath(text: string): string {
  const hex = /^\d+<((?:\\x[0-9a-f]{2})+)>/.exec(text)?.[1];
  return hex === undefined ? "" : pathIn(hex);
}

const isDeletion = ({ name }: Call): boolean => name === "unlink" || name === "unlinkat";

const timeOf = (call: Call): number => (isDeletion(call) ? call.startMs : call.endMs);

function pathsOf({ arguments: text }: Call): string[] {
  return [...text.matchAll(/"((?:\\x[0-9a-f]{2})+)"/g)].map(([, hex = ""]) => pathIn(hex));
}
