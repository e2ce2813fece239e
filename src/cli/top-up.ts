import type { Command } from "commander";
import { bookEntry, type EntryOptions } from "./book-entry.ts";
import type { Client } from "./client.ts";

export function addTopUp(program: Command, client: () => Client): void {
  program
    .command("topup")
    .description("add money to what a prepaid project may spend")
    .argument("<project>", "the project")
    .argument("<amount>", "how much, in the project's currency")
    .option("--note <text>", "what it is for, such as an invoice's number")
    .option("--id <id>", "an id of your own: what is sent twice under it is booked once")
    .option("--json", "print the entry as JSON")
    .action((project: string, amount: string, options: EntryOptions) =>
      bookEntry(client(), { kind: "top-up", project, amount }, options),
    );
}
