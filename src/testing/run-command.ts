import { join } from "node:path";

export const sahabProgram = join(import.meta.dir, "..", "cli", "main.ts");

/** Ends a command that hangs. Starts of programs took more than 20 s on two cores with other work. */
const timeoutMsDefault = 60_000;

export interface CommandResult {
  status: number;
  stdout: string;
  stderr: string;
}

export interface CommandOptions {
  env?: Record<string, string | undefined>;
  stdin?: string;
  cwd?: string;
  timeoutMs?: number;
  /** A program and its arguments that run the command, such as `setpriv` for another user. */
  prefix?: string[];
}

/** Runs one command of the command line to its end. Only the variables in `env` are set, none of the tester's own shell. */
export async function runCommand(args: string[], options: CommandOptions = {}): Promise<CommandResult> {
  const child = Bun.spawn([...(options.prefix ?? []), process.execPath, sahabProgram, ...args], {
    env: cleanEnvironment(options.env ?? {}),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdin: options.stdin === undefined ? "ignore" : new Blob([options.stdin]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), options.timeoutMs ?? timeoutMsDefault);
  const [stdout, stderr, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  clearTimeout(timer);
  return { status, stdout, stderr };
}

/** PATH and the few variables that every process needs, plus `extra`; undefined values are left out. */
export function cleanEnvironment(extra: Record<string, string | undefined>): Record<string, string> {
  const base = { PATH: process.env["PATH"], TMPDIR: process.env["TMPDIR"], BUN_CONFIG_MAX_HTTP_REQUESTS: "65535" };
  return Object.fromEntries(
    Object.entries({ HOME: "/nonexistent", ...base, ...extra }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
}
