import { isAbsolute } from "node:path";
import { ownValue } from "./own-value.ts";
import { splitCommands } from "./split-commands.ts";

/** What a provider's secrets may refer to. The owner of the machine says it in the environment, never the admin API. */
export interface SecretSources {
  /** For `env:`, the variables that are listed, as they were when the process started. */
  variables: Readonly<Record<string, string | undefined>>;
  /** For `file:`, folders whose files may be read. */
  folders: readonly string[];
  /** For `exec:`, program and arguments of each command that may run. */
  commands: readonly (readonly string[])[];
  /** Beside the vendors' own addresses, where such secrets may be sent, as NO_PROXY lists hosts. */
  hosts: string;
  /** Nothing in it is read but what is in a listed folder of its own: it holds Sahab's keys. */
  dataDir: string;
  /** What commands find in their environment. */
  environment: Readonly<Record<string, string>>;
}

/** Reads the lists. Throws an Error that says what is allowed. */
export function parseSecretSources(
  read: (name: string) => string | undefined,
  variables: Readonly<Record<string, string | undefined>>,
  { folders, dataDir }: Pick<SecretSources, "folders" | "dataDir">,
): SecretSources {
  const names = (read("SAHAB_SECRET_ENV") ?? "").split(/[\s,]+/).filter((name) => name !== "");
  for (const name of names) {
    if (!/^[A-Za-z_]\w{0,127}$/.test(name))
      throw new Error("SAHAB_SECRET_ENV: names of variables are allowed, with commas between them; one is none");
    if (isOwn(name))
      throw new Error(`SAHAB_SECRET_ENV has ${name}; Sahab's own variables are never sent to a provider`);
  }
  const commands = splitCommands(read("SAHAB_SECRET_COMMANDS") ?? "");
  if (!commands) throw new Error("SAHAB_SECRET_COMMANDS has a quote without its end");
  if (commands.some(([program = ""]) => !isAbsolute(program)))
    throw new Error(
      "SAHAB_SECRET_COMMANDS: each command begins with the absolute path of its program, such as /usr/bin/op read op://team/deepseek/key; commands are separated by ; or a new line",
    );
  return {
    variables: Object.fromEntries(names.map((name) => [name, ownValue(variables, name)?.trim() || undefined])),
    folders,
    dataDir,
    commands,
    hosts: read("SAHAB_SECRET_HOSTS") ?? "",
    environment: Object.fromEntries(
      Object.entries(variables).filter(
        (entry): entry is [string, string] => entry[1] !== undefined && !isOwn(entry[0]),
      ),
    ),
  };
}

function isOwn(name: string): boolean {
  return name.toUpperCase().startsWith("SAHAB_");
}
