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
        const { text, hidden } = fitTable(columnsFor(keys), keys.map(cellsOf));
        print(text);
        if (hidden.length > 0) print(`No room for ${hidden.join(", ")}; --json has all.`);
      }
    });
}

function projectsOf(keys: readonly Key[]): string {
  return showList([...new Set(keys.map((key) => key.project))]);
}

/** Where room is short the columns with the highest numbers go first. That some keys may do more than others stays. */
function columnsFor(keys: readonly Key[]): TableColumn[] {
  const isMixed = keys.some(({ role }) => role !== "user");
  return [
    { title: "ID" },
    { title: "NAME", charsMin: 10 },
    { title: "PROJECT", charsMin: 7 },
    { title: "ROLE", spare: isMixed ? 1 : 3 },
    { title: "KEY", spare: 5 },
    { title: "STATUS" },
    { title: "CREATED", spare: 6 },
    { title: "EXPIRES", spare: 4 },
    { title: "LAST USED", spare: 2 },
  ];
}

function cellsOf(row: Key): string[] {
  return [
    row.id,
    row.name,
    row.project,
    row.role,
    `${row.prefix}…`,
    // Until when it is good stands under EXPIRES.
    row.status === "active" && row.replaced_by ? "replaced" : row.status,
    showMoment(row.created_at),
    row.expires_at === null ? "never" : showMoment(row.expires_at),
    row.last_used_at === null ? "" : showMoment(row.last_used_at),
  ];
}
