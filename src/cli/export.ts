import type { Command } from "commander";
import { escapeUnprintableLines } from "../base/printable.ts";
import type { Client } from "./client.ts";
import { printJson } from "./print.ts";

export function addExport(program: Command, client: () => Client): void {
  program
    .command("export")
    .description("print the configuration as a cloud.yaml, without its secrets; applying it again changes nothing")
    .option("--json", "print it as JSON")
    .action(async (options: { json?: boolean }) => {
      const config = await client().json<Record<string, unknown>>("/admin/v1/config");
      if (options.json) printJson(config);
      else {
        const { stringify } = await import("yaml");
        const text = `# Secrets are not exported: an absent api_key keeps the stored one.\n${stringify(config)}`;
        // Into a file it must be exact, so that it can be applied again.
        process.stdout.write(process.stdout.isTTY ? escapeUnprintableLines(text) : text);
      }
    });
}
