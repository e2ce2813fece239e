import { eventually } from "./eventually.ts";
import { cleanEnvironment, sahabProgram } from "./run-command.ts";

/** Runs a program of Bun's in a terminal of its own, and types each answer once the text before it is shown. */
export async function runInTerminal(
  args: string[],
  answers: readonly (readonly [shown: string | RegExp, typed: string])[],
  { env = {}, program = sahabProgram }: { env?: Record<string, string>; program?: string } = {},
): Promise<{ status: number; shown: string }> {
  let shown = "";
  const decoder = new TextDecoder();
  const child = Bun.spawn([process.execPath, program, ...args], {
    env: cleanEnvironment({ TERM: "xterm", ...env }),
    terminal: { cols: 200, rows: 50, data: (_terminal, bytes) => void (shown += decoder.decode(bytes)) },
  });
  let seen = 0;
  for (const [text, typed] of answers) {
    const end = await eventually(`the terminal shows ${text}`, () => {
      const rest = shown.slice(seen);
      const found = typeof text === "string" ? rest.indexOf(text) + 1 : rest.search(text) + 1;
      return found === 0 ? undefined : shown.length;
    });
    seen = end;
    child.terminal?.write(typed);
  }
  const status = await child.exited;
  child.terminal?.close();
  return { status, shown };
}
