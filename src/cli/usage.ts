import { InvalidArgumentError, Option, type Command } from "commander";
import { formatNano } from "../base/money.ts";
import type { ApiUsageSum } from "../ledger/index.ts";
import type { Client } from "./client.ts";
import { describeNoUsage } from "./describe-no-usage.ts";
import { formatTable, print, printError, printJson } from "./print.ts";
import { readReport, type UsageOptions } from "./usage-report.ts";

const sumHeadings = ["REQUESTS", "INPUT", "CACHED", "CACHE WRITE", "OUTPUT", "REASONING", "COST"];
const pieceHeadings = ["REQUESTS", "IMAGES", "SECONDS", "CHARACTERS", "SEARCHES", "COST"];
const costHeadings = ["REQUESTS", "CHARGED", "PROVIDER COST", "VENDOR STATES", "DIFFERENCE"];

/** What a group without a name is called, and what it holds. */
const emptyGroups: Readonly<Record<string, readonly [string, string]>> = {
  model: ["(unknown)", "requests that could not be read, or that named no model that is known here"],
  provider: ["(none)", "requests that reached no provider: refused before, or without one to send them to"],
  user: ["(none)", "requests that named no user"],
};
const noTag: readonly [string, string] = ["(none)", "requests without this tag"];

export function addUsage(program: Command, client: () => Client): void {
  program
    .command("usage")
    .description("tokens and cost, summed; each currency by itself")
    .addOption(
      new Option("--by <groups>", `what to sum by: ${allowedGroups}, several with commas between`)
        .argParser(parseGroups)
        .default(["model"], "model"),
    )
    .option("--key <id>", "only requests with this key, by its id or name; all keys of one name")
    .option("--project <name>", "only requests of this project")
    .option("--model <name>", "only requests that asked for this model")
    .option("--user <name>", 'only requests for this user; "" for those that name none')
    .option("--tag <name=value>", "only requests with this tag; may be given several times", parseTag)
    .option("--limit <rows>", "rows at most, those of the least cost left out (1000)", parseLimit)
    .option("--since <time>", "from this date or time on (UTC)", parseTime)
    .option("--until <time>", "before this date or time (UTC)", parseTime)
    .option("--currency <code>", "only this currency, such as USD", parseCurrency)
    .option("--compare", "show what is charged, what providers cost, and what vendors state as their own bill")
    .addOption(new Option("--pieces", "show what is counted by the piece").conflicts("compare"))
    .option("--json", "print the rows as JSON")
    .action(async (options: UsageOptions) => {
      const { headings, cellsOf } = tableOf(options);
      const { rows, more, rest } = await readReport(client(), options);
      if (options.json) {
        printJson(rows);
        if (more > 0) printError(describeMore(more));
        if (rows.length === 0) printError(await describeNoUsage(client(), options));
        return;
      }
      if (rows.length === 0) {
        print(await describeNoUsage(client(), options));
        return;
      }
      const cellsBy = options.by.map((group) => cellsFor(group));
      const lineOf = (row: ApiUsageSum, name?: string) => [
        ...cellsBy.flatMap((cells, place) => cells(row.groups[place] ?? "", row, place === 0 ? name : name && "")),
        ...cellsOf(row),
      ];
      const left = rest.map((row) => lineOf(row, `(${more} more)`));
      const all = [...rows, ...rest];
      const totals = all.length === 1 ? [] : totalsOf(all).map((row) => lineOf(row, "TOTAL"));
      const titles = options.by.flatMap((group) => [group.toUpperCase(), ...(group === "key" ? ["NAME"] : [])]);
      print(formatTable([...titles, ...headings], [...rows.map((row) => lineOf(row)), ...left, ...totals]));
      for (const [place, group] of options.by.entries()) {
        const [noName, meaning] = emptyNameOf(group);
        if (meaning !== "" && rows.some(({ groups }) => groups[place] === "")) print(`${noName}: ${meaning}`);
      }
      if (options.by.some((group, place) => isOfStrangers(group) && rows.some(({ groups }) => isLong(groups[place]))))
        print("Long names are cut in the middle; --json has them whole.");
      if (more > 0) print(describeMore(more));
      if (options.by.includes("provider") && totals.length > 0)
        print("A request counts at each provider that it was sent to.");
    });
}

function describeMore(more: number): string {
  return `${more} more rows of less cost are left out; --limit shows more of them.`;
}

const allowedGroups = "model, key, project, provider, day, user or tag:NAME";

/** The cells of one group in a line: of a row, or with another name in the place of the group's. */
function cellsFor(group: string): (value: string, row: ApiUsageSum, name?: string) => string[] {
  const [noName] = emptyNameOf(group);
  const shown = isOfStrangers(group) ? cutInMiddle : (text: string) => text;
  return (value, row, name = shown(value) || noName) => (group === "key" ? [name, row.name ?? "-"] : [name]);
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

function parseGroups(text: string): string[] {
  const groups = text.split(",").map((group) => group.trim());
  const wrong = groups.find((group) => !/^(?:model|key|project|provider|day|user|tag:.+)$/.test(group));
  if (wrong !== undefined) throw new InvalidArgumentError(`Allowed: ${allowedGroups}, several with commas between.`);
  return groups;
}

function parseTag(text: string, before: readonly (readonly [string, string])[] = []) {
  const equals = text.indexOf("=");
  if (equals < 1)
    throw new InvalidArgumentError("Allowed: NAME=VALUE, such as team=search; NAME= for those without it.");
  return [...before, [text.slice(0, equals), text.slice(equals + 1)] as const];
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) throw new InvalidArgumentError("Allowed: 1 to 10000.");
  return limit;
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
