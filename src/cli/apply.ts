import { InvalidArgumentError, type Command } from "commander";
import { showResource } from "../base/show-resource.ts";
import type { Change } from "../config/index.ts";
import { readCloudFile } from "./cloud-file.ts";
import { UsageError } from "./command-error.ts";
import { CommandError, type Client } from "./client.ts";
import { confirm, refuseUnasked } from "./confirm.ts";
import { print, printError, printJson } from "./print.ts";
import { describeReach, describeTroubles, nameOf, type ProviderReport } from "./test-providers.ts";

interface Applied {
  changes: Change[];
  dry_run: boolean;
  warnings: string[];
  /** Absent where the server is of an earlier version. */
  kept?: { kind: string; name: string; managed_by: string }[];
  probes?: ProviderReport[];
}

interface Options {
  file?: string;
  dryRun?: boolean;
  prune?: boolean;
  yes?: boolean;
  probe?: boolean;
  json?: boolean;
}

const signs = { create: "+", update: "~", delete: "-" } as const;

export function addApply(program: Command, client: () => Client): void {
  program
    .command("apply")
    .description("apply a cloud.yaml to the configuration, and show the changes")
    .argument("[file]", "the same as --file")
    .option("-f, --file <file>", "the cloud.yaml; - reads standard input", onlyOnce)
    .option("--dry-run", "show the changes without making them")
    .option("--prune", "delete without a question what the file managed before and no longer names")
    .option("-y, --yes", "the same as --prune")
    .option("--probe", "try each provider: reached or not, key, models; no model is asked, so it costs nothing")
    .option("--json", "print the changes as JSON")
    .addHelpText(
      "after",
      `
\${NAME} in the file is replaced by the environment variable NAME of this command, such as an API key.
A file that a provider's tls.ca names is read by this command, relative to the cloud.yaml.
What the file managed before and no longer names is deleted after a question; without a terminal only with --prune, and
nothing is changed otherwise. What the admin API or "pull" manages stays unless the file names it.`,
    )
    .action(async (named: string | undefined, options: Options) => {
      const path = options.file ?? named;
      if (path === undefined || (named !== undefined && options.file !== undefined))
        throw new UsageError(
          "Name one file: sahab apply -f cloud.yaml (- reads standard input; all options: sahab apply --help)",
        );
      const file = await readCloudFile(path, process.env);
      const applied = await apply(client(), file, options);
      if (options.json) {
        printJson({ ...applied, warnings: [...file.warnings, ...applied.warnings] });
        return;
      }
      for (const change of applied.changes) print(describeChange(change));
      const kept = (applied.kept ?? []).map((one) => `${showResource(one)} (${one.managed_by})`);
      if (kept.length > 0) printError(`Not in the file, and kept: ${showSome(kept)}.`);
      for (const warning of [...file.warnings, ...applied.warnings.map((line) => placed(line, file.describe))])
        printError(`warning: ${warning}`);
      for (const probe of applied.probes ?? []) tellProbe(probe);
      const count = `${applied.changes.length} ${applied.changes.length === 1 ? "change" : "changes"}`;
      if (applied.changes.length === 0) print("Nothing to change.");
      else print(applied.dry_run ? `${count} would be made.` : `${count} made.`);
    });
}

/** Of two files one would be ignored, and what it names be taken away. */
function onlyOnce(file: string, before: string | undefined): string {
  if (before !== undefined) throw new InvalidArgumentError("Allowed: one file, which is the whole configuration.");
  return file;
}

type CloudFile = Awaited<ReturnType<typeof readCloudFile>>;

/** A configuration that keeps changing is asked about no more often. */
const questionsMax = 3;

async function apply(client: Client, { document, warnings, describe }: CloudFile, options: Options): Promise<Applied> {
  const isPruning = options.prune === true || options.yes === true;
  const send = (query: Record<string, string>) =>
    client.json<Applied>(`/admin/v1/apply?${new URLSearchParams(query).toString()}`, {
      body: document ?? null,
      asOwner: true,
    });
  const always = { ...(options.dryRun && { dry_run: "1" }), ...(options.probe && { probe: "1" }) };
  let query: Record<string, string> = isPruning ? { ...always, prune: "1" } : always;
  for (let asked = 0; ; asked++) {
    try {
      return await send(query);
    } catch (error) {
      if (!(error instanceof CommandError) || error.answer === undefined) throw error;
      const { problems, problems_count: count = 0, changes, plan } = error.answer;
      if (problems)
        throw new CommandError([...warnings, ...describeProblems(problems, count, describe)].join("\n"), {
          cause: error,
        });
      if (!changes || plan === undefined) throw error;
      const planned = changes as Change[];
      await askToDelete(planned, { isFirst: asked === 0, isLast: asked >= questionsMax });
      // What is confirmed is what was shown: another plan is refused.
      query = { ...always, prune: "1", plan };
    }
  }
}

async function askToDelete(
  changes: readonly Change[],
  { isFirst, isLast }: { isFirst: boolean; isLast: boolean },
): Promise<void> {
  const deletions = changes.filter(({ action }) => action === "delete");
  const names = deletions.map(showResource);
  const list = deletions.map(describeChange).join("\n");
  const reason = `the file managed these before and does not name them now:\n${list}`;
  refuseUnasked({ outcome: "changed", aim: "delete them", command: "the same with --prune (or --yes)", reason });
  if (isLast) throw new CommandError("Nothing was changed: the configuration keeps changing; look at it and try again");
  if (!isFirst) printError("The configuration has changed in the meantime; these would be the changes now:");
  for (const change of changes) printError(describeChange(change));
  const what = names.length === 0 ? `make these ${changes.length} changes` : `delete ${showSome(names)}`;
  if (!(await confirm(`Make these changes, and ${what}?`))) throw new CommandError("Nothing was changed.");
}

function describeProblems(
  problems: NonNullable<CommandError["answer"]>["problems"] & object,
  count: number,
  describe: CloudFile["describe"],
): string[] {
  const lines = problems.map(describe);
  if (count > problems.length) lines.push(`and ${count - problems.length} more`);
  return lines;
}

function describeChange(change: Change): string {
  const { action, fields, values = [] } = change;
  const head = `${signs[action]} ${showResource(change)}${fields ? ` (${fields.join(", ")})` : ""}`;
  return [head, ...values.map((value) => `    ${describeValue(value)}`)].join("\n");
}

function describeValue({ path, before, after, secret }: NonNullable<Change["values"]>[number]): string {
  if (secret === true) return `${path}: changed, and not shown`;
  return `${path}: ${show(before)} → ${show(after)}`;
}

function show(value: unknown): string {
  if (value === undefined) return "nothing";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A warning with its place in the file, where it has one. */
function placed(line: string, describe: CloudFile["describe"]): string {
  const [, path, message = ""] =
    /^((?:providers|models|projects|organisations|aliases|alerts|rates)[[.][^ ]*): (.*)$/s.exec(line) ?? [];
  return path === undefined ? line : describe({ path, message });
}

function tellProbe(report: ProviderReport): void {
  for (const key of report.keys) {
    const reach = describeReach(key);
    if (/^\d/.test(reach)) print(`provider ${nameOf(report.name, key.key)}: reached (${reach})`);
  }
  for (const trouble of describeTroubles(report, { token: false })) printError(`warning: provider ${trouble}`);
}

const namesMax = 20;

function showSome(names: readonly string[]): string {
  const rest = names.length - namesMax;
  return rest > 0 ? `${names.slice(0, namesMax).join(", ")} and ${rest} more` : names.join(", ");
}
