import { askSimilar } from "../base/find-similar.ts";
import { showList } from "../base/show-list.ts";
import type { Client } from "./client.ts";
import { readReport, type UsageOptions } from "./usage-report.ts";

/** Says why a report is empty: the key or project does not exist, the name was never used, the currency is another one, or there were no requests. */
export async function describeNoUsage(client: Client, options: UsageOptions): Promise<string> {
  const unknown = await findUnknown(client, options);
  if (unknown.length > 0) return unknown.join("\n");
  const filters = describeFilters(options);
  const what = filters.length === 0 ? "" : ` of ${filters.join(", ")}`;
  const { currency, ...others } = options;
  if (currency !== undefined) {
    const { rows } = await readReport(client, { ...others, by: ["day"] });
    const found = [...new Set(rows.map((row) => row.currency))].sort();
    if (found.length > 0) return `No usage${what} in ${currency} in this time; there is some in: ${found.join(", ")}`;
  }
  return `No usage${what} in this time${(await askUsed(client, others)) || "."}`;
}

/** Keys and projects are listed, so that the server knows which are not there. */
async function findUnknown(client: Client, { key, project }: UsageOptions): Promise<string[]> {
  const unknown: string[] = [];
  if (key !== undefined) {
    const { keys } = await client.json<{ keys: { id: string; name: string }[] }>("/admin/v1/keys");
    if (!keys.some(({ id, name }) => key === id || key === name))
      unknown.push(describeUnknown("key", key, [...new Set(keys.map(({ name }) => name))]));
  }
  if (project !== undefined) {
    const { projects } = await client.json<{ projects: { name: string }[] }>("/admin/v1/config");
    const names = projects.map(({ name }) => name);
    if (!names.includes(project)) unknown.push(describeUnknown("project", project, names));
  }
  return unknown;
}

function describeUnknown(kind: string, name: string, names: readonly string[]): string {
  return `There is no ${kind} ${name}; there are: ${showList(names) || "none"}${askSimilar(name, names)}`;
}

function describeFilters({ key, project, model, user, tag = [] }: UsageOptions): string[] {
  return [
    ...Object.entries({ key, project, model }).flatMap(([kind, name]) =>
      name === undefined ? [] : [`${kind} ${name}`],
    ),
    ...(user === undefined ? [] : [user === "" ? "no user" : `user ${user}`]),
    ...tag.map(([name, value]) => (value === "" ? `no tag ${name}` : `tag ${name}=${value}`)),
  ];
}

/** The name that is meant, of those that requests of this time had. */
async function askUsed(client: Client, options: UsageOptions): Promise<string> {
  const { model, user, tag = [], ...others } = options;
  for (const [group, name] of [["model", model], ["user", user], ...tag.map(([of, value]) => [`tag:${of}`, value])]) {
    if (group === undefined || !name) continue;
    const { rows } = await readReport(client, { ...others, by: [group], limit: comparedMax });
    const similar = askSimilar(
      name,
      rows.map(({ groups }) => groups[0] ?? ""),
    );
    if (similar !== "") return similar;
  }
  return "";
}

const comparedMax = 1_000;
