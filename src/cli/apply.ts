import type { Command } from "commander";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { resolveUserPath } from "../base/user-path.ts";
import type { Change } from "../config/index.ts";
import { cannotRead } from "./cannot-read.ts";
import { CommandError, type Client } from "./client.ts";
import { print, printError, printJson } from "./print.ts";

interface Applied {
  changes: Change[];
  dry_run: boolean;
  warnings: string[];
}

const signs = { create: "+", update: "~", delete: "-" } as const;

export function addApply(program: Command, client: () => Client): void {
  program
    .command("apply")
    .description("apply a cloud.yaml to the configuration, and show the changes")
    .requiredOption("-f, --file <file>", "the cloud.yaml; - reads standard input")
    .option("--dry-run", "show the changes without making them")
    .option("--json", "print the changes as JSON")
    .addHelpText(
      "after",
      "\n${NAME} in the file is replaced by the environment variable NAME of this command, such as an API key.\nA file that a provider's tls.ca names is read by this command, relative to the cloud.yaml.",
    )
    .action(async (options: { file: string; dryRun?: boolean; json?: boolean }) => {
      const document = await readDocument(options.file);
      const applied = await client().json<Applied>(`/admin/v1/apply${options.dryRun ? "?dry_run=1" : ""}`, {
        body: document ?? null,
        asOwner: true,
      });
      if (options.json) {
        printJson(applied);
        return;
      }
      for (const change of applied.changes) {
        print(
          `${signs[change.action]} ${change.kind} ${change.name}${change.fields ? ` (${change.fields.join(", ")})` : ""}`,
        );
      }
      for (const warning of applied.warnings) printError(`warning: ${warning}`);
      const count = `${applied.changes.length} ${applied.changes.length === 1 ? "change" : "changes"}`;
      if (applied.changes.length === 0) print("Nothing to change.");
      else print(applied.dry_run ? `${count} would be made.` : `${count} made.`);
    });
}

async function readText(file: string): Promise<string> {
  try {
    return file === "-" ? await Bun.stdin.text() : await readFile(resolveUserPath(file), "utf8");
  } catch (cause) {
    throw cannotRead(file, cause);
  }
}

/** The file's content, with variables and the files that it names in the place of their names. */
async function readDocument(file: string): Promise<unknown> {
  const text = await readText(file);
  const { CloudConfigError, readCaFiles, readCloudYaml, resolveVariables } = await import("../config/index.ts");
  let parsed: unknown;
  try {
    parsed = readCloudYaml(text);
  } catch (cause) {
    throw new CommandError(`${file} is not YAML: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  try {
    const folder = resolveUserPath(file === "-" ? "." : dirname(file));
    return await readCaFiles(resolveVariables(parsed, process.env), folder);
  } catch (cause) {
    if (cause instanceof CloudConfigError) throw new CommandError(cause.problems.join("\n"), { cause });
    throw cause;
  }
}
