import { createInterface } from "node:readline/promises";
import { isatty } from "node:tty";
import { CommandError } from "./command-error.ts";

/** Asks on the terminal, and is true for y and yes alone. False without a terminal, where nobody can answer: a command then needs its `--yes`. */
export async function confirm(question: string): Promise<boolean> {
  if (!canConfirm()) return false;
  // Standard output may be a file; the question belongs to whoever sits there.
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Without a listener, Ctrl-C would only end the line; the end of input would leave the question open for ever.
  const left = new AbortController();
  terminal.on("SIGINT", () => left.abort());
  terminal.on("close", () => left.abort());
  try {
    return /^\s*y(?:es)?\s*$/i.test(await terminal.question(`${question} [y/N] `, { signal: left.signal }));
  } catch (error) {
    if (!left.signal.aborted) throw error;
    process.stderr.write("\n");
    return false;
  } finally {
    terminal.close();
  }
}

/** Throws a CommandError where nobody is there to be asked: what was not done, why it needs a question, and how it is done without one. */
export function refuseUnasked(question: { outcome: string; aim: string; command: string; reason?: string }): void {
  if (canConfirm()) return;
  const { outcome, aim, command, reason } = question;
  const why = reason === undefined ? ". " : `, and ${reason}\n`;
  throw new CommandError(
    `Nothing was ${outcome}: nobody can be asked here${why}To ${aim} without a question: ${command}`,
  );
}

/** Whether somebody is there to be asked. */
export function canConfirm(): boolean {
  return isatty(0) && isatty(2);
}
