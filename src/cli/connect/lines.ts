import type { ClientProgram, Connection } from "./client-program.ts";
import { putIn } from "./edit-settings.ts";
import type { Places } from "./places.ts";
import type { SettingsFile } from "./settings-file.ts";

/** What is to be pasted, or done, to point a program at Sahab. */
export interface Lines {
  files: { path: string; text: string; format: SettingsFile["format"] }[];
  environment: Readonly<Record<string, string>>;
  steps: readonly string[];
}

export function linesFor(program: ClientProgram, connection: Connection, places: Places): Lines {
  return {
    files: (program.files?.(connection, places) ?? []).map(({ path, format, values }) => ({
      path,
      format,
      text: putIn(format, undefined, values).text.trimEnd(),
    })),
    environment: program.environment?.(connection) ?? {},
    steps: program.steps?.(connection) ?? [],
  };
}

/** A variable for the shell of the platform. */
export function shellLine(name: string, value: string, platform: NodeJS.Platform): string {
  if (platform === "win32") return `$env:${name} = '${value.replaceAll("'", "''")}'`;
  return `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`;
}

/** A path as a person reads it. */
export function shortPath(path: string, { home }: Pick<Places, "home">): string {
  return path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}

/** A value for the screen: the key is never in it. */
export function maskKey(value: unknown, key: string): string {
  return (JSON.stringify(value) ?? "").replaceAll(key, "•••");
}
