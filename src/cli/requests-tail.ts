import { InvalidArgumentError, type Command } from "commander";
import type { Client } from "./client.ts";
import { refuseUnknown } from "./describe-no-usage.ts";
import { followRequests } from "./follow-requests.ts";
import { cutTo, fitWidths, terminalWidth } from "./fit-table.ts";
import { padTo, print, printError, printJson } from "./print.ts";
import { addRequestFilters, type RequestFilters } from "./request-filters.ts";
import { requestCells, requestColumns, type ListedRequest } from "./request-columns.ts";
import { escapeUnprintable } from "../base/printable.ts";

export function addTailRequests(requests: Command, client: () => Client): void {
  addRequestFilters(requests.command("tail"))
    .description("show each request when it has ended, until Ctrl-C; waits while the server is away")
    .option("-n, --limit <count>", "how many that have ended before are shown first (10)", parseLimit)
    .option("--json", "print each as a line of JSON")
    .action(async (options: RequestFilters & { limit?: number; json?: boolean }) => {
      const { json, limit = limitDefault, ...filters } = options;
      await refuseUnknown(client(), filters);
      const stop = new AbortController();
      const end = () => stop.abort();
      process.once("SIGINT", end);
      process.once("SIGTERM", end);
      // Whoever reads has left (`| head`): there is nobody to show anything to.
      process.stdout.once("error", end);
      const line = lineWriter(terminalWidth());
      if (!json) print(line.head);
      try {
        await followRequests(client(), filters, {
          limit,
          signal: stop.signal,
          onRequest: (record) => (json ? printJson(record, 0) : print(line.of(record))),
          onWait: (why) => printError(`${why}; waiting for it (Ctrl-C ends)`),
          onBack: () => printError("It answers again."),
          onMissed: () => printError("More requests end than are shown here; a filter shows all of fewer."),
        });
      } finally {
        process.off("SIGINT", end);
        process.off("SIGTERM", end);
      }
    });
}

const limitDefault = 10;

/** Rows that come one by one have widths that are fixed beforehand. */
function lineWriter(width: number): { head: string; of(record: ListedRequest): string } {
  const usual = requestColumns.map(({ usual }) => usual);
  const widths = fitWidths(requestColumns, usual, width);
  const lineOf = (cells: readonly string[]) =>
    cells
      .flatMap((cell, place) => {
        const { charsMin, cutAt } = requestColumns[place] ?? {};
        const own = widths[place] ?? 0;
        if (own === 0) return [];
        const shown = escapeUnprintable(cell);
        return [padTo(charsMin === undefined ? shown : cutTo(shown, own, cutAt), own)];
      })
      .join("  ")
      .trimEnd();
  return {
    head: lineOf(requestColumns.map(({ title }) => title)),
    of: (record) => lineOf(requestCells(record, (time) => time.slice(0, 10) === new Date().toISOString().slice(0, 10))),
  };
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (text.trim() === "" || !Number.isInteger(limit) || limit < 0 || limit > 1_000)
    throw new InvalidArgumentError("Allowed: 0 to 1000.");
  return limit;
}
