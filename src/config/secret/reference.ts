import { isAbsolute } from "node:path";
import { splitCommands } from "../../base/split-commands.ts";

/** A secret that is kept elsewhere: its value is read when the configuration is taken over, and stored nowhere. */
export type SecretReference =
  | { kind: "env"; name: string }
  | { kind: "file"; path: string }
  | { kind: "exec"; command: readonly string[] };

/** Undefined for a text that is a secret itself. A header's value may begin with such a word, so a form is needed in full. */
export function parseSecretReference(text: string | null | undefined): SecretReference | undefined {
  const [, kind, target = ""] = /^(env|file|exec):(.*)$/s.exec(text ?? "") ?? [];
  if (kind === "env" && /^[A-Za-z_]\w{0,127}$/.test(target)) return { kind, name: target };
  if (kind === "file" && isAbsolute(target)) return { kind, path: target };
  if (kind !== "exec") return undefined;
  const [command, ...others] = splitCommands(target) ?? [];
  return command && others.length === 0 && isAbsolute(command[0] ?? "") ? { kind, command } : undefined;
}

/** What is wrong with a key that begins as a reference does and is none; undefined for any other. */
export function findReferenceFault(key: string): string | undefined {
  if (!/^(?:env|file|exec):/.test(key) || parseSecretReference(key)) return undefined;
  return "expected env:NAME, file:/absolute/path or exec:/absolute/program with its arguments";
}

/** The fields of a provider that may be secret. */
interface SecretFields {
  api_key?: string | null | undefined;
  api_keys?: readonly string[] | null | undefined;
  headers?: Record<string, string> | null | undefined;
}

/** The references of a provider, each with its field. */
export function referencesOf({ api_key, api_keys, headers }: SecretFields): [field: string, reference: string][] {
  const fields: [string, string | null | undefined][] = [
    ["api_key", api_key],
    ...(api_keys ?? []).map((key, index): [string, string] => [`api_keys[${index}]`, key]),
    ...Object.entries(headers ?? {}).map(([name, value]): [string, string] => [`headers.${name}`, value]),
  ];
  return fields.filter((field): field is [string, string] => parseSecretReference(field[1]) !== undefined);
}
