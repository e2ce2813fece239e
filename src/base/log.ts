import pino from "pino";
import pretty from "pino-pretty";
import { escapeInJson, jsonEscapeOf, replaceUnprintable } from "./printable.ts";

export type Log = pino.Logger;

/**
 * JSON lines on standard error, pretty on a terminal. Callers must not pass a prompt, an answer or a key; the paths below
 * mask the common fields in case one does. What a stranger wrote cannot move the cursor, reorder or hide text in a terminal.
 */
export function openLog(options: { level: string; pretty: boolean }): Log {
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
  if (options.pretty)
    return pino(settings, pretty({ destination: 2, sync: true, ignore: "pid,hostname", translateTime: "HH:MM:ss" }));
  return pino(settings, pino.destination({ dest: 2, sync: true }));
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
