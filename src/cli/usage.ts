import { InvalidArgumentError, Option, type Command } from "commander";
import type { ApiUsageSum } from "../ledger/index.ts";
import type { Client } from "./client.ts";
import { formatTable, print, printJson } from "./print.ts";

const sumHeadings = ["REQUESTS", "INPUT", "CACHED", "CACHE WRITE", "OUTPUT", "REASONING", "COST"];
const pieceHeadings = ["REQUESTS", "IMAGES", "SECONDS", "CHARACTERS", "SEARCHES", "COST"];
const costHeadings = ["REQUESTS", "CHARGED", "PROVIDER COST", "VENDOR STATES", "DIFFERENCE"];

/** What a group without a name is: requests to a model that is not known here, or that reached no provider. */
const emptyGroups: Readonly<Record<string, string>> = { model: "(unknown)", provider: "(none)" };

interface Options {
  by: string;
  since?: string;
  until?: string;
  currency?: string;
  compare?: boolean;
  pieces?: boolean;
  json?: boolean;
}

export function addUsage(program: Command, client: () => Client): void {
  program
    .command("usage")
    .description("tokens and cost, summed; each currency by itself")
    .addOption(
      new Option("--by <group>", "what to sum by")
        .choices(["model", "key", "project", "provider", "day"])
        .default("model"),
    )
    .option("--since <time>", "from this date or time on (UTC)", parseTime)
    .option("--until <time>", "before this date or time (UTC)", parseTime)
    .option("--currency <code>", "only this currency, such as USD")
    .option("--compare", "show what is charged, what providers cost, and what vendors state as their own bill")
    .addOption(new Option("--pieces", "show what is counted by the piece").conflicts("compare"))
    .option("--json", "print the rows as JSON")
    .action(async (options: Options) => {
      const { headings, cellsOf } = tableOf(options);
      const query = new URLSearchParams({ group_by: options.by });
      for (const name of ["since", "until", "currency"] as const)
        if (options[name] !== undefined) query.set(name, options[name]);
      const { rows } = await client().json<{ rows: ApiUsageSum[] }>(`/admin/v1/usage?${query.toString()}`);
      if (options.json) printJson(rows);
      else if (rows.length === 0) print("No usage in this time.");
      else {
        const isByKey = options.by === "key";
        const cells = rows.map((row) => [
          row.group || emptyGroups[options.by] || "",
          ...(isByKey ? [row.name ?? "-"] : []),
          ...cellsOf(row),
        ]);
        print(formatTable([options.by.toUpperCase(), ...(isByKey ? ["NAME"] : []), ...headings], cells));
      }
    });
}

function tableOf({ compare, pieces }: Options): {
  headings: string[];
  cellsOf: (row: ApiUsageSum) => (string | number)[];
} {
  if (compare) return { headings: costHeadings, cellsOf: costsOf };
  return pieces ? { headings: pieceHeadings, cellsOf: piecesOf } : { headings: sumHeadings, cellsOf: tokensOf };
}

function piecesOf({ requests, images, seconds, characters, searches, cost, currency }: ApiUsageSum) {
  return [requests, images, seconds, characters, searches, `${cost} ${currency}`];
}

function tokensOf(row: ApiUsageSum): (string | number)[] {
  return [
    row.requests,
    row.input_tokens,
    row.cached_input_tokens,
    row.cache_write_tokens,
    row.output_tokens,
    row.reasoning_tokens,
    `${row.cost} ${row.currency}`,
  ];
}

/** The difference is that of the requests for which the vendor states a bill, not of all. */
function costsOf({ requests, cost, provider_cost, vendor_cost, vendor_difference, currency }: ApiUsageSum) {
  const inCurrency = (amount: string | null) => (amount === null ? "-" : `${amount} ${currency}`);
  return [
    requests,
    inCurrency(cost),
    inCurrency(provider_cost),
    inCurrency(vendor_cost),
    inCurrency(vendor_difference),
  ];
}

function parseTime(text: string): string {
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw new InvalidArgumentError("Allowed: a date such as 2026-11-24, or a time such as 2026-11-24T08:00:00Z.");
  return new Date(time).toISOString();
}
