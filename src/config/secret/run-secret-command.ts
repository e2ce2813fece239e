/** Programs that fetch a secret take a second or two over the network. */
const commandMs = 5_000;
const outputBytesMax = 16 * 1024;

/** What a command prints. No shell is between: each argument is given to the program as it is. Nothing that it prints is in an error. */
export async function runSecretCommand(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  let child: Bun.Subprocess<"ignore", "pipe", "ignore">;
  try {
    child = Bun.spawn([...command], {
      env: environment,
      cwd: "/",
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
      // A group of its own, so that what it has started ends with it.
      detached: true,
    });
  } catch (cause) {
    throw new Error(`the command cannot be started (${(cause as { code?: string }).code ?? "no reason given"})`, {
      cause,
    });
  }
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`the command did not end within ${commandMs / 1000} s`)),
    commandMs,
  );
  try {
    const [text, status] = await Promise.race([late.promise, Promise.all([readStart(child.stdout), child.exited])]);
    if (status !== 0) throw new Error(`the command ended with status ${status}`);
    return text;
  } finally {
    clearTimeout(timer);
    endGroup(child.pid);
  }
}

async function readStart(stream: ReadableStream<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of stream) {
    bytes += piece.length;
    if (bytes > outputBytesMax) throw new Error(`the command printed more than ${outputBytesMax} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // All of it has ended.
  }
}
