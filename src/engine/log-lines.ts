export const logLineChars = 500;
const linesPerS = 50;

/** Logs a process's lines without the grammars in them. Long lines are cut, and only so many a second are logged. */
export async function logLines(stream: ReadableStream<Uint8Array>, log: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  let second = 0;
  let lines = 0;
  const pass = (given: string) => {
    const line = withoutGrammar(given);
    if (line === undefined || line.trim() === "") return;
    const now = Math.floor(Date.now() / 1000);
    if (now !== second) {
      if (lines > linesPerS) log(`… and ${lines - linesPerS} more lines`);
      second = now;
      lines = 0;
    }
    lines++;
    if (lines <= linesPerS) log(line.slice(0, logLineChars));
  };
  for await (const chunk of stream) {
    rest += decoder.decode(chunk, { stream: true });
    const parts = rest.split("\n");
    // The beginning of a line is enough to recognise a grammar.
    rest = (parts.pop() ?? "").slice(0, logLineChars);
    for (const part of parts) pass(part);
  }
  if (rest !== "") pass(rest);
}

/**
 * Grammars contain text of clients, which must not be logged. llama.cpp prints a grammar that it cannot parse: a line
 * `parse: error …`, which may quote the place, and then each of its rules in a line.
 */
export function withoutGrammar(line: string): string | undefined {
  if (line.includes("::=")) return undefined;
  return /^parse: |error parsing grammar/.test(line) ? "llama.cpp could not parse a grammar" : line;
}
