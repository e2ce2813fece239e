import { asCalled } from "../base/called-as.ts";
import { askSimilar } from "../base/find-similar.ts";
import { describeNoSuch } from "../base/no-such.ts";
import { CommandError, type Client } from "./client.ts";
import { readRequests } from "./request-pages.ts";
import { showMoment } from "./show-time.ts";
import type { UsageFilters } from "./usage-filters.ts";
import { readReport, type UsageOptions } from "./usage-report.ts";

/**
 * Says why a report or list is empty: the name was never used, the currency is another one, or there were no requests. Throws a
 * CommandError where the key, project or provider does not exist (`refuseUnknown`).
 */
export async function describeNoUsage(
  client: Client,
  options: UsageOptions & { status?: string },
  what: "usage" | "requests" = "usage",
): Promise<string> {
  await refuseUnknown(client, options);
  const filters = describeFilters(options);
  const { currency, status, limit: _limit, ...others } = options;
  const isAll = filters.length === 0 && currency === undefined && status === undefined;
  if (isAll && others.since === undefined && others.until === undefined)
    return `No ${what} yet: no request has ended. ${asCalled("The first one can be made with: sahab chat nano")}`;
  const of = `${status === undefined ? "" : ` with status ${status}`}${filters.length === 0 ? "" : ` of ${filters.join(", ")}`}`;
  if (currency !== undefined) {
    const { rows } = await readReport(client, { ...others, by: ["day"] });
    const found = [...new Set(rows.map((row) => row.currency))].sort();
    if (found.length > 0) return `No usage${of} in ${currency} in this time; there is some in: ${found.join(", ")}`;
  }
  const similar = await askUsed(client, others);
  return `No ${what}${of} in this time${similar || "."}${await describeOtherTimes(client, options, isAll ? "" : "such ")}`;
}

/** When there was some, where a time was asked for. */
async function describeOtherTimes(
  client: Client,
  { since, until, currency, ...filters }: UsageOptions & { status?: string },
  such: string,
): Promise<string> {
  // Requests are not listed by their currency.
  if ((since === undefined && until === undefined) || currency !== undefined) return "";
  const {
    records: [last],
  } = await readRequests(client, filters, 1);
  return last
    ? ` The last ${such}request came at ${showMoment(last.time, "second")} UTC.`
    : " There was none at any other time.";
}

/** Throws a CommandError that names each key, project or provider that is not there and of which there never was a request. */
export async function refuseUnknown(client: Client, filters: UsageFilters): Promise<void> {
  const unknown = await findUnknown(client, filters);
  if (unknown.length > 0) throw new CommandError(unknown.join("\n"));
}

/** Keys, projects and providers are listed, so that the server knows which are not there. */
async function findUnknown(client: Client, { key, project, provider }: UsageFilters): Promise<string[]> {
  const unknown: string[] = [];
  // What is not there any more may still be in records.
  const tell = async (kind: "key" | "project" | "provider", name: string, names: readonly string[]) => {
    if (names.includes(name)) return;
    const { records } = await readRequests(client, { [kind]: name }, 1);
    if (records.length === 0) unknown.push(describeNoSuch(kind, name, names));
  };
  if (key !== undefined) {
    const { keys } = await client.json<{ keys: { id: string; name: string }[] }>("/admin/v1/keys");
    if (!keys.some(({ id }) => key === id)) await tell("key", key, [...new Set(keys.map(({ name }) => name))]);
  }
  if (project !== undefined) {
    const { projects } = await client.json<{ projects: { name: string }[] }>("/admin/v1/config");
    await tell(
      "project",
      project,
      projects.map(({ name }) => name),
    );
  }
  if (provider !== undefined && provider !== "") {
    const { providers } = await client.json<{ providers: { name: string }[] }>("/admin/v1/providers");
    await tell("provider", provider, [...providers.map(({ name }) => name), "local"]);
  }
  return unknown;
}

function describeFilters({ key, project, model, provider, user, tag = [] }: UsageOptions): string[] {
  return [
    ...Object.entries({ key, project, model, provider: provider || undefined }).flatMap(([kind, name]) =>
      name === undefined ? [] : [`${kind} ${name}`],
    ),
    ...(provider === "" ? ["no provider"] : []),
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
