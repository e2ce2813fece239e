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

/** Lines of a file that go to one place of it, and which place: the end of a phrase. */
export interface Block {
  place: string;
  text: string;
}

const places: Readonly<Record<Exclude<SettingsFile["format"], "toml">, string>> = {
  json: "merged with what is there",
  yaml: "merged with what is there",
  env: "in the place of lines of the same names",
  text: "as the only line",
};

/** Values behind a table of TOML would be fields of that table, so what is pasted has two places. */
export function blocksOf({ format, text }: Lines["files"][number]): Block[] {
  if (format !== "toml") return [{ place: places[format], text }];
  const lines = text.split("\n");
  const table = lines.findIndex((line) => line.startsWith("["));
  const [head, tables] = table < 0 ? [lines, []] : [lines.slice(0, table), lines.slice(table)];
  return [
    { place: "at the top, before the first [table], in the place of lines of the same names", text: head.join("\n") },
    { place: "at the end", text: tables.join("\n") },
  ]
    .map((block) => ({ ...block, text: block.text.trim() }))
    .filter((block) => block.text !== "");
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
export function maskKey(value: unknown, key: string, indent = 0): string {
  return (JSON.stringify(value, null, indent) ?? "").replaceAll(key, "•••");
}
