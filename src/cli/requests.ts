import { InvalidArgumentError, type Command } from "commander";
import { asCalled } from "../base/called-as.ts";
import type { Client } from "./client.ts";
import { describeNoUsage } from "./describe-no-usage.ts";
import { fitTable } from "./fit-table.ts";
import { print, printError, printJson } from "./print.ts";
import { requestCells, requestColumns } from "./request-columns.ts";
import { addRequestFilters, type RequestFilters } from "./request-filters.ts";
import { readRequests } from "./request-pages.ts";
import { addShowRequest } from "./requests-show.ts";
import { addTailRequests } from "./requests-tail.ts";
import { addTimeFilters } from "./usage-filters.ts";

export function addRequests(program: Command, client: () => Client): void {
  // What stands behind tail and show is theirs: without this the list would take their --json and --limit, which it has as well.
  const requests = program.enablePositionalOptions().command("requests").enablePositionalOptions();
  addTimeFilters(addRequestFilters(requests))
    .description("list requests, newest first; follow them (tail), or tell the story of one (show ID)")
    .option("-n, --limit <count>", "requests at most (20)", parseLimit)
    .option("--json", "print them as JSON")
    .action(async (options: RequestFilters & { limit?: number; json?: boolean }) => {
      const { json, limit = limitDefault, ...filters } = options;
      const { records, isMore } = await readRequests(client(), filters, limit);
      const why =
        records.length === 0 ? await describeNoUsage(client(), { ...filters, by: [] }, "requests") : undefined;
      if (json) printJson(records);
      if (why !== undefined) (json ? printError : print)(why);
      if (json || records.length === 0) return;
      const today = new Date().toISOString().slice(0, 10);
      const isShort = records.every(({ time }) => time.startsWith(today));
      const { text, hidden } = fitTable(
        requestColumns,
        records.map((record) => requestCells(record, () => isShort)),
      );
      print(text);
      if (isMore) print(`There are more; --limit shows more of them.`);
      if (hidden.length > 0) print(`No room for ${hidden.join(", ")}; --json has all.`);
      print(asCalled("The story of one: sahab requests show ID (its beginning is enough)"));
    });
  addTailRequests(requests, client);
  addShowRequest(requests, client);
}

const limitDefault = 20;
const limitMax = 10_000;

function parseLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > limitMax)
    throw new InvalidArgumentError(`Allowed: 1 to ${limitMax}.`);
  return limit;
}
