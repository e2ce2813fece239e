import { InvalidArgumentError, Option, type Command } from "commander";
import { formatNano } from "../base/money.ts";
import type { ApiUsageSum } from "../ledger/index.ts";
import type { Client } from "./client.ts";
import { formatTable, print, printJson } from "./print.ts";

const sumHeadings = ["REQUESTS", "INPUT", "CACHED", "CACHE WRITE", "OUTPUT", "REASONING", "COST"];
const pieceHeadings = ["REQUESTS", "IMAGES", "SECONDS", "CHARACTERS", "SEARCHES", "COST"];
const costHeadings = ["REQUESTS", "CHARGED", "PROVIDER COST", "VENDOR STATES", "DIFFERENCE"];

/** What a group without a name is called, and what it holds. */
const emptyGroups: Readonly<Record<string, readonly [string, string]>> = {
  model: ["(unknown)", "requests that could not be read, or that named no model that is known here"],
  provider: ["(none)", "requests that reached no provider: refused before, or without one to send them to"],
};

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
    .option("--currency <code>", "only this currency, such as USD", parseCurrency)
    .option("--compare", "show what is charged, what providers cost, and what vendors state as their own bill")
    .addOption(new Option("--pieces", "show what is counted by the piece").conflicts("compare"))
    .option("--json", "print the rows as JSON")
    .action(async (options: Options) => {
      const { headings, cellsOf } = tableOf(options);
      const rows = await readRows(client(), options);
      if (options.json) printJson(rows);
      else if (rows.length === 0) print(await describeNothing(client(), options));
      else {
        const isByKey = options.by === "key";
        const [noName, meaning] = emptyGroups[options.by] ?? ["", ""];
        const lineOf = (name: string, row: ApiUsageSum) => [
          name,
          ...(isByKey ? [row.name ?? "-"] : []),
          ...cellsOf(row),
        ];
        const totals = rows.length === 1 ? [] : totalsOf(rows).map((row) => lineOf("TOTAL", row));
        const lines = [...rows.map((row) => lineOf(row.group || noName, row)), ...totals];
        print(formatTable([options.by.toUpperCase(), ...(isByKey ? ["NAME"] : []), ...headings], lines));
        if (meaning !== "" && rows.some(({ group }) => group === "")) print(`${noName}: ${meaning}`);
        if (options.by === "provider" && totals.length > 0)
          print("A request counts at each provider that it was sent to.");
      }
    });
}

async function readRows(client: Client, options: Options): Promise<ApiUsageSum[]> {
  const query = new URLSearchParams({ group_by: options.by });
  for (const name of ["since", "until", "currency"] as const)
    if (options[name] !== undefined) query.set(name, options[name]);
  const { rows } = await client.json<{ rows: ApiUsageSum[] }>(`/admin/v1/usage?${query.toString()}`);
  return rows;
}

async function describeNothing(client: Client, { currency, ...others }: Options): Promise<string> {
  if (currency === undefined) return "No usage in this time.";
  const rows = await readRows(client, { ...others, by: "day" });
  const found = [...new Set(rows.map((row) => row.currency))].sort();
  return found.length === 0
    ? "No usage in this time."
    : `No usage in ${currency} in this time; there is some in: ${found.join(", ")}`;
}

/** Sums over all rows of each currency. */
function totalsOf(rows: readonly ApiUsageSum[]): ApiUsageSum[] {
  const byCurrency = Map.groupBy(rows, ({ currency }) => currency);
  return [...byCurrency.values()].map((own) => own.reduce(addRows));
}

function addRows(one: ApiUsageSum, other: ApiUsageSum): ApiUsageSum {
  const names = Object.keys(one) as (keyof ApiUsageSum)[];
  const sums = names.map((name) => {
    const [a, b] = [one[name], other[name]];
    if (typeof a === "number" && typeof b === "number") return [name, a + b];
    return [name, amountNames.has(name) ? addAmounts(a, b) : a];
  });
  return { ...(Object.fromEntries(sums) as ApiUsageSum), name: undefined };
}

const amountNames = new Set<keyof ApiUsageSum>(["cost", "provider_cost", "vendor_cost", "vendor_difference"]);

/** Null where neither is known. */
function addAmounts(...amounts: unknown[]): string | null {
  const known = amounts.flatMap((amount) => (typeof amount === "string" ? [nanoOf(amount)] : []));
  return known.length === 0 ? null : formatNano(known.reduce((sum, amount) => sum + amount));
}

/** Of a sum as the server writes it, however large. */
function nanoOf(amount: string): bigint {
  const [whole = "", fraction = ""] = amount.split(".");
  return BigInt(whole + fraction.padEnd(9, "0"));
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

function parseCurrency(text: string): string {
  if (!/^[a-z]{3}$/i.test(text))
    throw new InvalidArgumentError("Allowed: the three letters of a currency, such as USD.");
  return text.toUpperCase();
}
