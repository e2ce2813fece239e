import type { Command } from "commander";
import type { Client } from "./client.ts";
import { UsageError } from "./command-error.ts";
import { describeAccounts, type Account } from "./describe-account.ts";
import { print, printJson } from "./print.ts";

export function addBalance(program: Command, client: () => Client): void {
  program
    .command("balance")
    .description("what a project, a key or an organisation may spend, has spent and has left")
    .argument("[project]", "the project")
    .option("-k, --key <key>", "a key instead, by its id or its name")
    .option("-o, --organisation <name>", "an organisation instead")
    .option("--json", "print it as JSON")
    .action(
      async (
        project: string | undefined,
        { json, ...options }: { key?: string; organisation?: string; json?: boolean },
      ) => {
        const named = Object.entries({ project, ...options }).filter((entry): entry is [string, string] => !!entry[1]);
        if (named.length !== 1) throw new UsageError("Name one of a project, --key and --organisation");
        const found = await client().json<Account>(`/admin/v1/balance?${new URLSearchParams(named).toString()}`);
        if (json) printJson(found);
        else print(describeAccounts([found]).trimStart());
      },
    );
}
