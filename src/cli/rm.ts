import type { Command } from "commander";
import type { Client } from "./client.ts";
import { print, printJson } from "./print.ts";

export function addRm(program: Command, client: () => Client): void {
  program
    .command("rm")
    .description("remove a model, and its file if that is in Sahab's own folder")
    .argument("<model>", "the model's name")
    .option("--json", "print the outcome as JSON")
    .action(async (name: string, options: { json?: boolean }) => {
      const removed = await client().json<{ name: string; file_removed: boolean }>(
        `/admin/v1/models/${encodeURIComponent(name)}`,
        { method: "DELETE" },
      );
      if (options.json) printJson(removed);
      else print(`Removed ${removed.name}${removed.file_removed ? " and its file" : ""}.`);
    });
}
