import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const logBytesMax = 65_536;
/** npm keeps 10 unless it is told otherwise. */
const logsMax = 30;

/**
 * What was typed behind `npm run sahab`, with the options that npm took for itself, by the log that the running npm writes: its
 * process shows only what it hands on. Short options of npm's own are there as the long ones that they stand for. Undefined
 * where no such log is found, as where npm keeps none.
 */
export function readNpmLine(
  args: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
): string[] | undefined {
  const { npm_config_logs_dir: named, npm_config_cache: cache, npm_lifecycle_event: script } = variables;
  const folder = named || (cache && join(cache, "_logs"));
  if (!folder || script !== "sahab") return undefined;
  const title = ["sahab", ...args].join(" ");
  for (const text of readLogs(folder)) {
    // One that has ended is of an earlier command.
    if (/^\d+ verbose exit /m.test(text)) continue;
    const shown = /^\d+ verbose title npm \S+ (.*)$/m.exec(text)?.[1];
    if (shown?.trimEnd() !== title.trimEnd()) continue;
    const line = /^\d+ verbose argv (.*)$/m.exec(text)?.[1] ?? "";
    const words = Array.from(line.matchAll(/"(?:[^"\\]|\\.)*"/g), ([word]) => JSON.parse(word) as string);
    const at = words.indexOf("sahab");
    return at === -1 ? undefined : words.slice(at + 1);
  }
  return undefined;
}

/** Newest first: their names begin with the time. */
function* readLogs(folder: string): Generator<string> {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith("-debug-0.log"));
    for (const name of names.toSorted().toReversed().slice(0, logsMax)) {
      const path = join(folder, name);
      if (statSync(path).size <= logBytesMax) yield readFileSync(path, "utf8");
    }
  } catch {
    // No folder, or not ours to read: what npm says in variables must do.
  }
}
