import pino from "pino";
import pretty from "pino-pretty";

export type Log = pino.Logger;

/**
 * JSON lines on standard error, pretty on a terminal. Callers pass fields, never a prompt, an answer or a key;
 * the paths below are a second fence in case one slips in.
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
