import type { Command } from "commander";
import type { Client } from "./client.ts";
import { CommandError } from "./command-error.ts";
import { confirm, refuseUnasked } from "./confirm.ts";
import { print, printJson } from "./print.ts";

export function addRm(program: Command, client: () => Client): void {
  program
    .command("rm")
    .description("remove a model, and its file if that is in Sahab's own folder; asks first")
    .argument("<model>", "the model's name")
    .option("-y, --yes", "do not ask; needed where nobody can be asked")
    .option("--json", "print the outcome as JSON")
    .action(async (name: string, options: { yes?: boolean; json?: boolean }) => {
      const caller = client();
      if (options.yes !== true && !(await mayRemove(caller, name))) throw new CommandError("Nothing was removed.");
      const removed = await caller.json<{ name: string; file_removed: boolean }>(
        `/admin/v1/models/${encodeURIComponent(name)}`,
        { method: "DELETE" },
      );
      if (options.json) printJson(removed);
      else print(`Removed ${removed.name}${removed.file_removed ? " and its file" : ""}.`);
    });
}

async function mayRemove(client: Client, name: string): Promise<boolean> {
  const { models } = await client.json<{ models: { name: string; file: string | null }[] }>("/admin/v1/models");
  const model = models.find((it) => it.name === name);
  // The server says why it can't be removed.
  if (!model) return true;
  refuseUnasked({ outcome: "removed", aim: `remove ${name}`, command: `sahab rm ${name} --yes` });
  const file = model.file === null ? "" : ` and, where it is in Sahab's own folder, its file ${model.file}`;
  return confirm(`Remove the model ${name}${file}?`);
}
