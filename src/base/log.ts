import pino from "pino";
import { prettyFactory } from "pino-pretty";
import { LineWriter } from "./line-writer.ts";
import { escapeInJson, jsonEscapeOf, replaceUnprintable } from "./printable.ts";

export type Log = pino.Logger;

const standardError = 2;

/** Where the log's lines go: standard error, which is never waited for. `isShared` where other processes write there, too. */
export function openLogLines({ pretty, isShared = false }: { pretty: boolean; isShared?: boolean }): LineWriter {
  const describeDropped = (count: number) => {
    const said = `${count} lines of the log were dropped, since nobody read standard error`;
    const time = new Date().toISOString();
    return pretty ? `${said}\n` : `${JSON.stringify({ level: "warn", time, count, msg: said })}\n`;
  };
  return new LineWriter(standardError, { isShared, describeDropped });
}

/**
 * JSON lines on standard error, pretty on a terminal. Callers must not pass a prompt, an answer or a key; the paths below
 * mask the common fields in case one does. What a stranger wrote cannot move the cursor, reorder or hide text in a terminal.
 */
export function openLog(options: { level: string; pretty: boolean; lines?: Pick<LineWriter, "add"> }): Log {
  const settings: pino.LoggerOptions = {
    level: options.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: ["authorization", "*.authorization", "api_key", "*.api_key", "apiKey", "*.apiKey", "*.headers"],
      censor: "[hidden]",
    },
    hooks: { streamWrite: options.pretty ? escapeTwice : escapeInJson },
  };
  const lines = options.lines ?? openLogLines(options);
  if (!options.pretty) return pino(settings, { write: (line) => lines.add(line, true) });
  const colorize = process.stderr.isTTY && process.env["NO_COLOR"] === undefined;
  const format = prettyFactory({ colorize, singleLine: true, ignore: "pid,hostname", translateTime: "HH:MM:ss" });
  return pino(settings, { write: (line) => lines.add(format(line) ?? line, true) });
}

/** The same as `escapeInJson` for pretty, which parses the line: what it then prints are the escapes. Stacks of errors keep their lines. */
function escapeTwice(line: string): string {
  const controls = line.replace(/\\(?:([rbf]|u00[01][0-9a-f])|.)/g, (found, control?: string) =>
    control === undefined ? found : `\\${found}`,
  );
  return replaceUnprintable(controls, (found) =>
    found === "\n" ? found : jsonEscapeOf(found).replaceAll("\\", "\\\\"),
  );
}
