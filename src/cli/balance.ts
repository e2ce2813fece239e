import type { Command } from "commander";
import type { Client } from "./client.ts";
import { asCalled } from "../base/called-as.ts";
import { UsageError } from "./command-error.ts";
import { describeAccounts, type Account } from "./describe-account.ts";
import { print, printJson } from "./print.ts";

export function addBalance(program: Command, client: () => Client): void {
  program
    .command("balance")
    .description("what a project, a key or an organisation may spend, has spent and has left")
    .argument("[project]", "the project; without it, all projects and their organisations")
    .option("-k, --key <key>", "a key instead, by its id or its name")
    .option("-o, --organisation <name>", "an organisation instead")
    .option("--json", "print it as JSON")
    .action(
      async (
        project: string | undefined,
        { json, ...options }: { key?: string; organisation?: string; json?: boolean },
      ) => {
        const named = Object.entries({ project, ...options }).filter((entry): entry is [string, string] => !!entry[1]);
        if (named.length > 1) throw new UsageError("Name one of a project, --key and --organisation");
        if (named.length === 0) {
          await showAll(client(), json === true);
          return;
        }
        const found = await client().json<Account>(`/admin/v1/balance?${new URLSearchParams(named).toString()}`);
        if (json) printJson(found);
        else print(describeAccounts([found]).trimStart());
      },
    );
}

async function showAll(client: Client, isJson: boolean): Promise<void> {
  const { projects } = await client.json<{ projects: { accounts: Account[] }[] }>("/admin/v1/projects");
  // An organisation bounds several projects.
  const accounts = [
    ...new Map(projects.flatMap(({ accounts: own }) => own.map((one) => [one.account, one] as const))).values(),
  ];
  if (isJson) printJson(accounts);
  else if (
    accounts.some(
      ({ windows, balance, limits, session_budget: session }) => windows[0] ?? balance ?? limits[0] ?? session,
    )
  )
    print(describeAccounts(accounts).trimStart());
  else print("No budget and no limit bounds a project.");
  if (!isJson) print(asCalled("\nOf a key: sahab balance --key NAME"));
}
