import { existsSync, readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";

export const benchDir = import.meta.dir;
export const bun = process.execPath;

/** The core of the proxies, and the core of the rest: upstream and load generators. */
export const cores = { proxy: 1, rest: 0 };
export const canPin = process.platform === "linux" && availableParallelism() > 1 && Bun.which("taskset") !== null;
const allCores = Array.from({ length: availableParallelism() }, (_, core) => core);

/** A process that this benchmark started. */
export interface Running {
  pid: number;
  /** Resolves when the output matches; rejects if the process ends or the time is over first. */
  waitFor(pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray>;
  /** Resolves when the process has ended, with its last output. */
  ended: Promise<string>;
  stop: () => Promise<void>;
}

const started = new Set<Bun.Subprocess>();
// However the benchmark ends, no process is left running: each is killed by its own id.
process.on("exit", () => {
  for (const child of started) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(130));

interface StartOptions {
  /** One, or those that it may use. */
  core: number | readonly number[];
  env?: Record<string, string>;
  cwd?: string;
}

function pinned(command: string[], core: number | readonly number[]): string[] {
  return canPin ? ["taskset", "-c", [core].flat().join(","), ...command] : command;
}

/** Keeps all threads of this process on one core; without a core, on none in particular. */
export function pinSelf(core?: number): void {
  const list = core === undefined ? allCores.join(",") : String(core);
  if (canPin) Bun.spawnSync(["taskset", "-a", "-c", "-p", list, String(process.pid)]);
}

/** By default Bun allows 256 outgoing requests at once; bin/sahab.mjs sets the same limit for every user. */
const commonEnv = { BUN_CONFIG_MAX_HTTP_REQUESTS: "65535" };

/** Starts a server on its cores; it runs until `stop` is called. */
export function start(command: string[], options: StartOptions): Running {
  const child = Bun.spawn(pinned(command, options.core), {
    env: { ...process.env, ...commonEnv, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  started.add(child);
  let output = "";
  const waiting = new Set<() => void>();
  const keep = async (stream: ReadableStream<Uint8Array>) => {
    for await (const bytes of stream) {
      output = (output + new TextDecoder().decode(bytes)).slice(-20_000);
      for (const check of waiting) check();
    }
  };
  const read = Promise.all([keep(child.stdout), keep(child.stderr)]);
  const ended = (async () => {
    await child.exited;
    await read;
    return output;
  })();
  return {
    pid: child.pid,
    ended,
    waitFor(pattern, timeoutMs) {
      return new Promise((resolve, reject) => {
        const finish = (act: () => void) => {
          clearTimeout(timer);
          waiting.delete(check);
          act();
        };
        const fail = (why: string) =>
          finish(() => reject(new Error(`${command.join(" ")} ${why}; its last output:\n${output}`)));
        const timer = setTimeout(() => fail(`did not start within ${timeoutMs / 1000} s`), timeoutMs);
        const check = () => {
          const found = pattern.exec(output);
          if (found) finish(() => resolve(found));
        };
        waiting.add(check);
        check();
        void (async () => {
          await ended;
          if (waiting.has(check)) fail(`ended with status ${child.exitCode}`);
        })();
      });
    },
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 8_000);
      await child.exited;
      clearTimeout(timer);
      started.delete(child);
    },
  };
}

/** Runs a program of this folder on the core of the rest; returns the JSON that it prints. */
export async function runJson<T>(file: string, options: object, timeoutMs: number): Promise<T> {
  const child = Bun.spawn(pinned([bun, join(benchDir, file), JSON.stringify(options)], cores.rest), {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  started.add(child);
  const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
  try {
    const text = await child.stdout.text();
    const code = await child.exited;
    if (code !== 0) throw new Error(`${file} ended with status ${code} (its time limit is ${timeoutMs / 1000} s)`);
    return JSON.parse(text) as T;
  } finally {
    clearTimeout(timer);
    started.delete(child);
  }
}

/** Processor time that all threads of a process have used so far; NaN if the system does not report it. */
export function cpuSeconds(pid: number): number {
  const fields = readProc(pid, "stat")
    ?.replace(/^.*\) /s, "")
    .split(" ");
  // Fields 14 and 15 of proc(5), in ticks of 10 ms.
  return fields ? (Number(fields[11]) + Number(fields[12])) / 100 : Number.NaN;
}

/** Resident memory in MiB; NaN if the system does not report it. */
export function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readProc(pid, "status") ?? "")?.[1] ?? Number.NaN) / 1024;
}

function readProc(pid: number, file: string): string | undefined {
  const path = `/proc/${pid}/${file}`;
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** How many files and sockets one process may have open; NaN if the system does not report it. Children inherit it. */
export function openFilesMax(): number {
  return Number(/Max open files\s+(\d+)/.exec(readProc(process.pid, "limits") ?? "")?.[1] ?? Number.NaN);
}

/** The machine, on which the results depend besides the code. */
export function describeMachine(): Record<string, string> {
  const node = Bun.which("node");
  const nodeVersion = node === null ? "none" : Bun.spawnSync([node, "--version"]).stdout.toString().trim();
  const mounted = process.platform === "linux" ? Bun.spawnSync(["stat", "-f", "-c", "%T", benchDir]).stdout : "unknown";
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model ?? "unknown",
    cores: `${availableParallelism()}${canPin ? `; proxies on core ${cores.proxy}, upstream and load on core ${cores.rest}` : "; not pinned"}`,
    system: `${process.platform} ${process.arch}`,
    disk: mounted.toString().trim(),
    bun: Bun.version,
    node: nodeVersion,
  };
}
