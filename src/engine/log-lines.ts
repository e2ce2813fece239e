export const logLineChars = 500;
const linesPerS = 50;

/** Passes a process's lines on, without grammars: cut at a length, and no more than so many a second. */
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
    // The beginning of a line is kept: it tells whether the line belongs to a grammar.
    rest = (parts.pop() ?? "").slice(0, logLineChars);
    for (const part of parts) pass(part);
  }
  if (rest !== "") pass(rest);
}

/**
 * Grammars hold what clients wrote, and llama.cpp prints the whole of one that it cannot parse: a line `parse: error …`,
 * which may quote the place, and then its rules, a line each. What clients wrote must not reach the log.
 */
export function withoutGrammar(line: string): string | undefined {
  if (line.includes("::=")) return undefined;
  return /^parse: |error parsing grammar/.test(line) ? "llama.cpp could not parse a grammar" : line;
}
