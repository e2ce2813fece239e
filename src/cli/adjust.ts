import type { Command } from "commander";
import { bookEntry, nameOf, type Entry, type EntryOptions } from "./book-entry.ts";
import type { Client } from "./client.ts";
import { formatTable, print, printJson } from "./print.ts";
import { showMoment } from "./show-time.ts";

const rowsUsual = 100;

export function addAdjust(program: Command, client: () => Client): void {
  const adjust = program
    .command("adjust")
    .description("correct what was spent, by an entry of its own beside the usage records; list entries");
  for (const [kind, help] of [
    ["project", "the project"],
    ["key", "the key's id, or its name where no other key has it"],
    ["organisation", "the organisation"],
  ] as const)
    adjust
      .command(kind)
      .description(`correct what was spent by ${kind === "organisation" ? "an" : "a"} ${kind}`)
      .argument("<name>", help)
      .argument("<amount>", "what was spent more, in its currency; negative to give back")
      .requiredOption("--note <text>", "why")
      .option("--id <id>", "an id of your own: what is sent twice under it is booked once")
      .option("--json", "print the entry as JSON")
      .action((name: string, amount: string, options: EntryOptions) =>
        bookEntry(client(), { kind: "adjustment", [kind]: name, amount }, options),
      );
  adjust
    .command("list")
    .description("list corrections, top-ups, and what a crash left unknown; newest first")
    .option("-p, --project <name>", "only of this project")
    .option("-k, --key <key>", "only of this key, by its id or its name")
    .option("-o, --organisation <name>", "only of this organisation")
    .option("-n, --limit <count>", "how many at most", String(rowsUsual))
    .option("--json", "print them as JSON")
    .action(async ({ json, ...options }: Record<string, string> & { json?: boolean }) => {
      const query = new URLSearchParams(options);
      const { entries } = await client().json<{ entries: Entry[] }>(`/admin/v1/entries?${query.toString()}`);
      if (json) printJson(entries);
      else if (entries.length === 0) print("No entries.");
      else {
        const rows = entries.map((entry) => [
          showMoment(entry.time),
          entry.kind,
          nameOf(entry),
          `${entry.amount} ${entry.currency}`,
          entry.actor ?? "",
          entry.id,
          entry.note,
        ]);
        print(formatTable(["TIME", "KIND", "FOR", "AMOUNT", "BY", "ID", "NOTE"], rows));
      }
    });
}
