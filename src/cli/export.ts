import type { Command } from "commander";
import { escapeUnprintableLines } from "../base/printable.ts";
import { showResource } from "../base/show-resource.ts";
import type { Client } from "./client.ts";
import { print, printError, printJson } from "./print.ts";

interface Managed {
  resources: { kind: string; name: string; managed_by: string | null }[];
}

export function addExport(program: Command, client: () => Client): void {
  program
    .command("export")
    .description(
      "print what a file manages of the configuration as a cloud.yaml, without its secrets; applying it again changes nothing",
    )
    .option("--all", "print also what the admin API and pull manage; applied, it is the file's from then on")
    .option("--json", "print it as JSON")
    .action(async (options: { all?: boolean; json?: boolean }) => {
      const server = client();
      const path = `/admin/v1/config${options.all ? "" : "?managed_by=file"}`;
      const config = await server.json<Record<string, unknown>>(path);
      if (options.json) printJson(config);
      else {
        const { stringify } = await import("yaml");
        const text = `# Secrets are not exported: an absent api_key keeps the stored one.\n${stringify(config)}`;
        // Into a file it must be exact, so that it can be applied again.
        if (process.stdout.isTTY) print(escapeUnprintableLines(text).trimEnd());
        else process.stdout.write(text);
      }
      if (options.all) return;
      const { resources } = await server.json<Managed>("/admin/v1/config/managers");
      const others = resources.filter(({ managed_by: by }) => by !== null && by !== "file");
      if (others.length > 0)
        printError(
          `Not printed, since no file manages it: ${others
            .slice(0, namesMax)
            .map((one) => `${showResource(one)} (${one.managed_by})`)
            .join(
              ", ",
            )}${others.length > namesMax ? ` and ${others.length - namesMax} more` : ""}; --all prints it, too`,
        );
    });
}

const namesMax = 20;
