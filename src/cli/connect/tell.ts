import { asCalled } from "../../base/called-as.ts";
import { print, printError as printErrorAsItIs, printJson } from "../print.ts";
import type { ClientProgram, Connection } from "../../connect/client-program.ts";
import { blocksOf, maskKey, shellLine, shortPath, type Lines } from "../../connect/lines.ts";
import type { Manifest } from "./manifest.ts";
import type { FilePlan } from "./plan.ts";
import type { Places } from "../../connect/places.ts";
import { showPath } from "../../connect/settings-tree.ts";

/** What is printed for pasting. */
export interface Outcome {
  program: ClientProgram;
  connection: Connection;
  lines: Lines;
  warnings: readonly string[];
  keyId: string | null;
  /** The command that writes the same. */
  writeCommand: string;
  /** Whether the server has the aliases that the program's own names need. */
  hasAliases: boolean;
}

export function printLines(
  { program, connection, lines, warnings, keyId, writeCommand, hasAliases }: Outcome,
  places: Places,
  asJson: boolean,
): void {
  const { address, key, model } = connection;
  if (asJson) {
    const { notes, start, aliases } = program;
    printJson({
      program: program.name,
      address,
      model: model.name,
      key,
      key_id: keyId,
      ...lines,
      start,
      notes: notes.map((note) => asCalled(note)),
      aliases: hasAliases ? [] : (aliases?.names ?? []),
      warnings: warnings.map((warning) => asCalled(warning)),
    });
    return;
  }
  const variables = Object.entries(lines.environment).map(([name, value]) => shellLine(name, value, places.platform));
  const parts = [
    ...lines.files.flatMap((file) =>
      blocksOf(file).map(({ place, text }) =>
        [`Put into ${shortPath(file.path, places)}, ${place}:`, "", text].join("\n"),
      ),
    ),
    ...(variables.length > 0 ? [["In the shell:", "", ...variables].join("\n")] : []),
    ...(lines.steps.length > 0 ? [lines.steps.join("\n")] : []),
  ];
  print(`${parts.join("\n\n")}\n`);
  tell({ program, connection, warnings, hasAliases });
  if (keyId !== null)
    printError(`The key is ${keyId}. It is shown only this once, and good until you run: sahab key revoke ${keyId}`);
  if (lines.files.length === 0) return;
  printError(`To have this written instead: ${writeCommand}`);
  if (keyId !== null) printError("That makes a key of its own; revoke the one above then.");
}

interface Told {
  program: ClientProgram;
  connection: Connection;
  plans: readonly FilePlan[];
  /** None where nothing was written yet. */
  manifest?: Manifest;
  warnings: readonly string[];
  hasAliases: boolean;
}

/** Tells what was written, without the key. */
export function describeWritten(
  { program, connection, plans, manifest, warnings, hasAliases }: Told,
  places: Places,
  asJson: boolean,
): void {
  const { address, key, model } = connection;
  const isDry = manifest === undefined;
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
        values: valuesOf(put).map(({ path, value }) => ({ path, value: maskKey(value, key) })),
      })),
      start: program.start,
      notes: program.notes.map((note) => asCalled(note)),
      aliases: hasAliases ? [] : (program.aliases?.names ?? []),
      warnings: warnings.map((warning) => asCalled(warning)),
    });
    return;
  }
  for (const { now, next, put, lost } of plans) {
    print(`${shortPath(now.path, places)}: ${isDry ? "would be " : ""}${actionOf(now.text, next)}`);
    for (const { path, value } of valuesOf(put)) print(valueLine(path, value, key));
    const copy = copies.get(now.path);
    if (copy) print(`  (as it was: ${shortPath(copy, places)})`);
    for (const path of lost) printError(`warning: ${path} had changes of yours, which are gone; the block is Sahab's`);
  }
  tell({ program, connection, warnings, hasAliases });
  if (isDry) return;
  if (manifest.key_id !== null) print(`Key ${manifest.key_id} was made for it.`);
  print(asCalled(`Start: ${program.start}    Back to before: sahab connect ${program.name} --undo`));
}

export function describeUndone(
  {
    program,
    plans,
    manifest,
    isDry,
    isRevoked,
  }: { program: ClientProgram; plans: readonly FilePlan[]; manifest: Manifest; isDry: boolean; isRevoked: boolean },
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
    printJson({ program: program.name, dry_run: isDry, key_id: manifest.key_id, revoked: isRevoked, files: rows });
    return;
  }
  for (const { path, action, kept, lost } of rows) {
    print(`${shortPath(path, places)}: ${isDry ? "would be " : ""}${action}`);
    for (const value of kept) print(`  ${value} was changed since, and stays`);
    for (const value of lost) print(`  ${value} was Sahab's and went with what was changed in it`);
  }
  if (isRevoked) print(`Key ${manifest.key_id} is revoked.`);
}

/** What one has to know, on standard error: the lines for pasting stay by themselves. */
function tell({
  program,
  connection,
  warnings,
  hasAliases,
}: Pick<Outcome, "program" | "connection" | "warnings" | "hasAliases">): void {
  for (const warning of warnings) printError(`warning: ${warning}`);
  for (const note of program.notes) printError(`note: ${note}`);
  const { aliases } = program;
  if (!aliases || hasAliases) return;
  printError(`note: ${aliases.asker} ask for models by their own names; in cloud.yaml:`);
  for (const line of aliasLines(aliases.names, connection.model.name)) printError(`  ${line}`);
}

const printError = (text: string) => printErrorAsItIs(asCalled(text));

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

/** What was put in: a value that a file has to have may have been there. */
function valuesOf(put: FilePlan["put"]): { path: string; value: unknown }[] {
  const written = new Set(put?.written.map(({ path }) => showPath(path)));
  return (put?.file.values ?? [])
    .map(({ path, value }) => ({ path: showPath(path), value }))
    .filter(({ path }) => written.has(path))
    .map(({ path, value }) => ({ path: path || "(all)", value }));
}

/** On one line where that is short; a terminal would break a long one inside words. */
function valueLine(path: string, value: unknown, key: string): string {
  const line = `  ${path} = ${maskKey(value, key)}`;
  return line.length <= columnsMax ? line : `  ${path} = ${maskKey(value, key, 2).replaceAll("\n", "\n  ")}`;
}

const columnsMax = 100;
