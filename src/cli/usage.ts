import { InvalidArgumentError, Option, type Command } from "commander";
import { formatNano } from "../base/money.ts";
import type { ApiUsageSum } from "../ledger/index.ts";
import type { Client } from "./client.ts";
import { describeNoUsage } from "./describe-no-usage.ts";
import { fitTable, type TableColumn } from "./fit-table.ts";
import { print, printError, printJson } from "./print.ts";
import { formatUsageCsv } from "./usage-csv.ts";
import { addTimeFilters, addUsageFilters } from "./usage-filters.ts";
import { readReport, type Report, type UsageOptions } from "./usage-report.ts";

const columnsOf = (...titles: string[]): TableColumn[] => titles.map((title) => ({ title }));
const sumColumns: TableColumn[] = [
  ...columnsOf("REQUESTS", "INPUT"),
  { title: "CACHED", spare: 1 },
  { title: "CACHE WRITE", spare: 3 },
  { title: "OUTPUT" },
  { title: "REASONING", spare: 2 },
  { title: "COST" },
];
const pieceColumns = columnsOf("REQUESTS", "IMAGES", "SECONDS", "CHARACTERS", "SEARCHES", "COST");
const costColumns = columnsOf("REQUESTS", "CHARGED", "PROVIDER COST", "VENDOR STATES", "DIFFERENCE");

/** What a group without a name is called, and what it holds. */
const emptyGroups: Readonly<Record<string, readonly [string, string]>> = {
  model: ["(unknown)", "requests that could not be read, or that named no model that is known here"],
  provider: ["(none)", "requests that reached no provider: refused before, or without one to send them to"],
  user: ["(none)", "requests that named no user"],
};
const noTag: readonly [string, string] = ["(none)", "requests without this tag"];

export function addUsage(program: Command, client: () => Client): void {
  addTimeFilters(addUsageFilters(program.command("usage")))
    .description("tokens and cost, summed; each currency by itself")
    .addOption(
      new Option("--by <groups>", `what to sum by: ${allowedGroups}, several with commas between`)
        .argParser(parseGroups)
        .default(["model"], "model"),
    )
    .option("--limit <rows>", "rows at most, those of the least cost left out (1000)", parseLimit)
    .option("--currency <code>", "only this currency, such as USD", parseCurrency)
    .option("--compare", "show what is charged, what providers cost, and what vendors state as their own bill")
    .addOption(new Option("--pieces", "show what is counted by the piece").conflicts("compare"))
    .addOption(new Option("--csv", "print the rows as CSV, with all that is summed").conflicts("json"))
    .option("--json", "print the rows as JSON")
    .action(async (options: UsageOptions) => {
      const report = await readReport(client(), options);
      const { rows, more } = report;
      const why = rows.length === 0 ? await describeNoUsage(client(), options) : undefined;
      if (options.json) printJson(rows);
      else if (options.csv) process.stdout.write(formatUsageCsv(options.by, rows));
      else if (rows.length > 0) printTable(report, options);
      const isData = options.json || options.csv;
      const say = isData ? printError : print;
      if (why !== undefined) say(why);
      if (more > 0 && isData) printError(describeMore(more));
    });
}

function printTable({ rows, more, rest }: Report, options: UsageOptions): void {
  const { columns, cellsOf } = tableOf(options);
  const showGroup = groupWriter(rows, options.by);
  const lineOf = (row: ApiUsageSum, name?: string) => [
    ...options.by.map((group, place) => (name === undefined ? showGroup(row, place) : place === 0 ? name : "")),
    ...cellsOf(row),
  ];
  const left = rest.map((row) => lineOf(row, `(${more} more)`));
  const all = [...rows, ...rest];
  const totals = all.length === 1 ? [] : totalsOf(all).map((row) => lineOf(row, "TOTAL"));
  const titles = options.by.map((group) => ({ title: group.toUpperCase(), charsMin: 12 }));
  const lines = [...rows.map((row) => lineOf(row)), ...left, ...totals];
  const { text, hidden } = fitTable([...titles, ...columns], lines);
  print(text);
  for (const [place, group] of options.by.entries()) {
    const [noName, meaning] = emptyNameOf(group);
    if (meaning !== "" && rows.some(({ groups }) => groups[place] === "")) print(`${noName}: ${meaning}`);
  }
  if (options.by.some((group, place) => isOfStrangers(group) && rows.some(({ groups }) => isLong(groups[place]))))
    print("Long names are cut in the middle; --json has them whole.");
  if (hidden.length > 0) print(`No room for ${hidden.join(", ")}; --json and --csv have all.`);
  if (more > 0) print(describeMore(more));
  if (options.by.includes("provider") && totals.length > 0)
    print("A request counts at each provider that it was sent to.");
}

function describeMore(more: number): string {
  return `${more} more rows of less cost are left out; --limit shows more of them.`;
}

const allowedGroups = "model, key, project, provider, day, user or tag:NAME";

/** Shows a row's group: a key by its name, and by its id as well where another of the rows has the same name. */
function groupWriter(rows: readonly ApiUsageSum[], by: readonly string[]) {
  const keyPlace = by.indexOf("key");
  const names = new Map(rows.map(({ groups, name }) => [groups[keyPlace] ?? "", name]));
  const ids = Map.groupBy(names.keys(), (id) => names.get(id));
  return (row: ApiUsageSum, place: number): string => {
    const group = by[place] ?? "";
    const value = row.groups[place] ?? "";
    if (place !== keyPlace) return (isOfStrangers(group) ? cutInMiddle(value) : value) || emptyNameOf(group)[0];
    if (row.name === undefined) return value === "admin" ? "(admin)" : value;
    return (ids.get(row.name)?.length ?? 0) > 1 ? `${row.name} (${value})` : row.name;
  };
}

/** Users and tags are often ids of 64 characters, with which a row would not fit a line of 100. */
const nameCharsMax = 24;

function isOfStrangers(group: string): boolean {
  return group === "user" || group.startsWith("tag:");
}

function isLong(text = ""): boolean {
  return text.length > nameCharsMax;
}

function cutInMiddle(text: string): string {
  if (!isLong(text)) return text;
  const letters = Array.from(text);
  return letters.length > nameCharsMax ? `${letters.slice(0, 12).join("")}…${letters.slice(-11).join("")}` : text;
}

function emptyNameOf(group: string): readonly [string, string] {
  return group.startsWith("tag:") ? noTag : (emptyGroups[group] ?? ["", ""]);
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

function tableOf({ compare, pieces }: UsageOptions): {
  columns: TableColumn[];
  cellsOf: (row: ApiUsageSum) => (string | number)[];
} {
  if (compare) return { columns: costColumns, cellsOf: costsOf };
  return pieces ? { columns: pieceColumns, cellsOf: piecesOf } : { columns: sumColumns, cellsOf: tokensOf };
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

function parseGroups(text: string): string[] {
  const groups = text.split(",").map((group) => group.trim());
  const wrong = groups.find((group) => !/^(?:model|key|project|provider|day|user|tag:.+)$/.test(group));
  if (wrong !== undefined) throw new InvalidArgumentError(`Allowed: ${allowedGroups}, several with commas between.`);
  return groups;
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) throw new InvalidArgumentError("Allowed: 1 to 10000.");
  return limit;
}

function parseCurrency(text: string): string {
  if (!/^[a-z]{3}$/i.test(text))
    throw new InvalidArgumentError("Allowed: the three letters of a currency, such as USD.");
  return text.toUpperCase();
}
