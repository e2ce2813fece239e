/** How a program ended, and what it said. */
export interface Ran {
  /** Null where its time was over. */
  status: number | null;
  /** Both outputs, the end of each where they are long. */
  output: string;
  tookMs: number;
}

const outputMax = 200_000;

const running = new Set<number>();
// However this process ends, no agent goes on without it.
process.on("exit", () => {
  for (const pid of running) endGroup(pid);
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(130));

/** Runs an agent to its end, or ends it with all that it has started once its time is over. */
export async function runProgram(
  command: string[],
  { cwd, env, limitMs }: { cwd: string; env: Record<string, string>; limitMs: number },
): Promise<Ran> {
  const started = performance.now();
  const child = Bun.spawn(command, { cwd, env, stdin: "ignore", stdout: "pipe", stderr: "pipe", detached: true });
  running.add(child.pid);
  let isOver = false;
  const timer = setTimeout(() => {
    isOver = true;
    endGroup(child.pid);
  }, limitMs);
  const outputs = Promise.all([textOf(child.stdout), textOf(child.stderr)]);
  const status = await child.exited;
  clearTimeout(timer);
  // What it has left running would hold its outputs open.
  endGroup(child.pid);
  running.delete(child.pid);
  const [stdout, stderr] = await outputs;
  return { status: isOver ? null : status, output: `${stdout}\n${stderr}`.trim(), tookMs: performance.now() - started };
}

/** It leads a group of its own, so that nothing else is in there. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // All of it has ended.
  }
}

async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of stream) text = (text + decoder.decode(piece, { stream: true })).slice(-outputMax);
  return text;
}
