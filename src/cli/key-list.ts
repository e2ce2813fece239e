import type { Command } from "commander";
import { asCalled } from "../base/called-as.ts";
import { showText } from "../base/printable.ts";
import { showList } from "../base/show-list.ts";
import { CommandError, type Client } from "./client.ts";
import { fitTable, type TableColumn } from "./fit-table.ts";
import { print, printJson } from "./print.ts";
import { showMoment } from "./show-time.ts";
import type { Key } from "./shown-key.ts";

export function addListKeys(key: Command, client: () => Client): void {
  key
    .command("list")
    .description("list all keys; only their first characters are shown")
    .option("-p, --project <project>", "those of one project")
    .option("--json", "print them as JSON")
    .action(async (options: { project?: string; json?: boolean }) => {
      const { keys: all } = await client().json<{ keys: Key[] }>("/admin/v1/keys");
      const { project } = options;
      const keys = project === undefined ? all : all.filter((key) => key.project === project);
      if (options.json) printJson(keys);
      else if (keys.length === 0 && all.length > 0)
        throw new CommandError(`No keys of project ${showText(project ?? "")}; keys are of: ${projectsOf(all)}`);
      else if (keys.length === 0) print(asCalled("No keys yet. Create one with: sahab key create NAME"));
      else {
        const currencies = await currenciesOf(client(), keys);
        const { text, hidden } = fitTable(
          columnsFor(keys, currencies !== undefined),
          keys.map((row) => cellsOf(row, currencies)),
        );
        print(text);
        if (hidden.length > 0) print(`No room for ${hidden.join(", ")}; --json has all.`);
      }
    });
}

function projectsOf(keys: readonly Key[]): string {
  return showList([...new Set(keys.map((key) => key.project))]);
}

/** Where room is short the columns with the highest numbers go first. That some keys may do more than others stays. */
function columnsFor(keys: readonly Key[], hasBudgets: boolean): TableColumn[] {
  const isMixed = keys.some(({ role }) => role !== "user");
  return [
    { title: "ID" },
    { title: "NAME", charsMin: 10 },
    { title: "PROJECT", charsMin: 7 },
    { title: "ROLE", spare: isMixed ? 1 : 4 },
    { title: "KEY", spare: 6 },
    { title: "STATUS" },
    ...(hasBudgets ? [{ title: "BUDGET", spare: 2 }] : []),
    { title: "CREATED", spare: 7 },
    { title: "EXPIRES", spare: 5 },
    { title: "LAST USED", spare: 3 },
  ];
}

type Currencies = ReadonlyMap<string, string>;

/** The currency of each project, which its keys' budgets are in. Undefined where no key has a budget: then there is no column of them. */
async function currenciesOf(client: Client, keys: readonly Key[]): Promise<Currencies | undefined> {
  if (keys.every(({ terms }) => terms.budget === undefined)) return undefined;
  const { projects } = await client.json<{ projects: { name: string; currency: string }[] }>("/admin/v1/projects");
  return new Map(projects.map(({ name, currency }) => [name, currency]));
}

/** What is spent of its budgets: `1.25 of 20 USD a month`. */
function showBudgets({ terms, spending = [], project }: Key, currencies: Currencies): string {
  return [terms.budget ?? []]
    .flat()
    .map(({ amount, period, soft = false }) => {
      const spent = spending.find((window) => window.period === period)?.spent;
      const all = `${amount} ${currencies.get(project) ?? ""}`.trimEnd();
      return `${spent === undefined ? "" : `${spent} of `}${all} ${period === "total" ? "in total" : `a ${period}`}${soft ? " (soft)" : ""}`;
    })
    .join(", ");
}

function cellsOf(row: Key, currencies: Currencies | undefined): string[] {
  return [
    row.id,
    row.name,
    row.project,
    row.role,
    `${row.prefix}…`,
    // Until when it is good stands under EXPIRES.
    row.status === "active" && row.replaced_by ? "replaced" : row.status,
    ...(currencies ? [showBudgets(row, currencies)] : []),
    showMoment(row.created_at),
    row.expires_at === null ? "never" : showMoment(row.expires_at),
    row.last_used_at === null ? "not yet" : showMoment(row.last_used_at),
  ];
}
