import { print, printError, printJson } from "../print.ts";
import type { ClientProgram, Connection } from "./client-program.ts";
import { maskKey, shellLine, shortPath, type Lines } from "./lines.ts";
import type { Manifest } from "./manifest.ts";
import type { FilePlan } from "./plan.ts";
import type { Places } from "./places.ts";
import { showPath } from "./settings-tree.ts";

/** What is printed for pasting. */
export interface Outcome {
  program: ClientProgram;
  connection: Connection;
  lines: Lines;
  warnings: readonly string[];
  keyId: string | null;
}

export function printLines(
  { program, connection, lines, warnings, keyId }: Outcome,
  places: Places,
  asJson: boolean,
): void {
  const { address, key, model } = connection;
  if (asJson) {
    const { notes, start, aliases = [] } = program;
    printJson({
      program: program.name,
      address,
      model: model.name,
      key,
      key_id: keyId,
      ...lines,
      start,
      notes,
      aliases,
      warnings,
    });
    return;
  }
  const variables = Object.entries(lines.environment).map(([name, value]) => shellLine(name, value, places.platform));
  const parts = [
    ...lines.files.map(({ path, text }) => [`Put into ${shortPath(path, places)}:`, "", text].join("\n")),
    ...(variables.length > 0 ? [["In the shell:", "", ...variables].join("\n")] : []),
    ...(lines.steps.length > 0 ? [lines.steps.join("\n")] : []),
  ];
  print(`${parts.join("\n\n")}\n`);
  tell({ program, connection, warnings });
  if (lines.files.length > 0) printError(`To have this written: sahab connect ${program.name} --write`);
  if (keyId !== null)
    printError(`The key is ${keyId}, and shown only this once; to take it back: sahab key revoke ${keyId}`);
}

interface Written {
  program: ClientProgram;
  connection: Connection;
  plans: readonly FilePlan[];
  manifest?: Manifest;
  warnings: readonly string[];
  isDry: boolean;
}

/** Tells what was written, without the key. */
export function describeWritten(
  { program, connection, plans, manifest, warnings, isDry }: Written,
  places: Places,
  asJson: boolean,
): void {
  const { address, key, model } = connection;
  const copies = new Map(manifest?.files.map(({ path, copy }) => [path, copy]));
  if (asJson) {
    printJson({
      program: program.name,
      address,
      model: model.name,
      key_id: manifest?.key_id ?? null,
      dry_run: isDry,
      files: plans.map(({ now, next, put }) => ({
        path: now.path,
        action: actionOf(now.text, next),
        copy: copies.get(now.path) ?? null,
        values: valuesOf(put, key),
      })),
      start: program.start,
      notes: program.notes,
      aliases: program.aliases ?? [],
      warnings,
    });
    return;
  }
  for (const { now, next, put, lost } of plans) {
    print(`${shortPath(now.path, places)}: ${isDry ? "would be " : ""}${actionOf(now.text, next)}`);
    for (const { path, value } of valuesOf(put, key)) print(`  ${path} = ${value}`);
    const copy = copies.get(now.path);
    if (copy) print(`  (as it was: ${shortPath(copy, places)})`);
    for (const path of lost) printError(`warning: ${path} had changes of yours, which are gone; the block is Sahab's`);
  }
  tell({ program, connection, warnings });
  if (isDry) return;
  const keyId = manifest?.key_id ?? null;
  if (keyId !== null) print(`Key ${keyId} was made for it.`);
  print(`Start: ${program.start}    Back to before: sahab connect ${program.name} --undo`);
}

export function describeUndone(
  {
    program,
    plans,
    manifest,
    isDry,
  }: { program: ClientProgram; plans: readonly FilePlan[]; manifest: Manifest; isDry: boolean },
  places: Places,
  asJson: boolean,
): void {
  const rows = plans.map(({ now, next, kept, lost }) => ({
    path: now.path,
    action: undoneOf(now.text, next),
    kept,
    lost,
  }));
  if (asJson) {
    printJson({ program: program.name, dry_run: isDry, key_id: manifest.key_id, files: rows });
    return;
  }
  for (const { path, action, kept, lost } of rows) {
    print(`${shortPath(path, places)}: ${isDry ? "would be " : ""}${action}`);
    for (const value of kept) print(`  ${value} was changed since, and stays`);
    for (const value of lost) print(`  ${value} was Sahab's and went with what was changed in it`);
  }
  if (manifest.key_id !== null && !isDry) print(`Key ${manifest.key_id} is not used any more.`);
}

/** What one has to know, on standard error: the lines for pasting stay by themselves. */
function tell({ program, connection, warnings }: Pick<Outcome, "program" | "connection" | "warnings">): void {
  for (const warning of warnings) printError(`warning: ${warning}`);
  for (const note of program.notes) printError(`note: ${note}`);
  const { aliases = [] } = program;
  if (aliases.length === 0) return;
  printError(`note: ${program.title} asks for these names by itself; in cloud.yaml, for sahab apply:`);
  for (const line of aliasLines(aliases, connection.model.name)) printError(`  ${line}`);
}

/** Lines of cloud.yaml. */
export function aliasLines(aliases: readonly string[], model: string): string[] {
  return ["aliases:", ...aliases.map((alias) => `  ${alias}: ${model}`)];
}

function actionOf(text: string | undefined, next: string | undefined): string {
  if (next === undefined) return "removed";
  return text === undefined ? "created" : text === next ? "left as it is" : "changed";
}

function undoneOf(text: string | undefined, next: string | undefined): string {
  if (text === undefined) return "gone already";
  return next === undefined ? "removed" : text === next ? "left as it is" : "changed back";
}

function valuesOf(put: FilePlan["put"], key: string): { path: string; value: string }[] {
  return (put?.file.values ?? []).map(({ path, value }) => ({
    path: showPath(path) || "(all)",
    value: maskKey(value, key),
  }));
}
