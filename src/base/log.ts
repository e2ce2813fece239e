import pino from "pino";
import pretty from "pino-pretty";

export type Log = pino.Logger;

/**
 * JSON lines on standard error, pretty on a terminal. Callers must not pass a prompt, an answer or a key; the paths below
 * mask the common fields in case one does.
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
  };
  if (options.pretty)
    return pino(settings, pretty({ destination: 2, sync: true, ignore: "pid,hostname", translateTime: "HH:MM:ss" }));
  return pino(settings, pino.destination({ dest: 2, sync: true }));
}
