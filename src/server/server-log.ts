import type { Environment } from "../base/environment.ts";
import type { LineWriter } from "../base/line-writer.ts";
import { openLog, openLogLines, type Log } from "../base/log.ts";
import { RequestLog } from "../gateway/index.ts";

/** How long a process that stops waits until what it has logged is written. */
export const logFlushMs = 1_000;

/** Where a process of the server writes what happens. */
export interface ServerLog {
  log: Log;
  /** Of `log` and `requests`, so that their lines keep their order and nothing waits for standard error. */
  lines: LineWriter;
  requests: RequestLog;
}

/** The log as the environment asks for it: lines for people on a terminal, JSON elsewhere. */
export function openServerLog(
  environment: Pick<Environment, "logLevel" | "logFormat" | "requestLog" | "workers">,
): ServerLog {
  const { logFormat, logLevel: level, workers } = environment;
  const pretty = logFormat === undefined ? process.stderr.isTTY : logFormat === "pretty";
  const lines = openLogLines({ pretty, isShared: workers > 1 });
  const log = openLog({ level, pretty, lines });
  const isOn = environment.requestLog && log.isLevelEnabled("info");
  return { log, lines, requests: new RequestLog({ lines }, { isPretty: pretty, isOn }) };
}
