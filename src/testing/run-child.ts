import type { CommandResult } from "./run-command.ts";

const timeoutMs = 60_000;

/** Runs a command without standard input and waits for its end; it is killed after a minute. */
export async function runChild(
  command: string[],
  options: { cwd: string; env: Record<string, string | undefined> },
): Promise<CommandResult> {
  const child = Bun.spawn(command, { ...options, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
  const [stdout, stderr, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  clearTimeout(timer);
  return { status, stdout, stderr };
}
