import { ownValue } from "../base/own-value.ts";
import { showResource } from "../base/show-resource.ts";
import { notInFile } from "./cloud-config.ts";
import { Managers, type ManagedConfig } from "./managers.ts";
import { namedLists, nameOfRate, resourcesOf, settingNames, type ConfigResource } from "./resources.ts";

/** A document with what it does not name and what stays all the same. */
export interface Completed {
  document: unknown;
  kept: readonly ConfigResource[];
  /** A problem, or a warning, of what was added without the index that nobody finds in the file. */
  renamePlace(line: string): string;
}

/**
 * A parsed cloud.yaml with what it does not name: what others than a file manage, or, if `all`, all of it. It is put behind what the document
 * has, so that places in the document stay what they are, and is checked with it, since one may refer to the other.
 */
export function keepUnnamed(
  document: unknown,
  { config, managers }: ManagedConfig,
  { all }: { all: boolean },
): Completed {
  if (!isRecord(document)) return { document, kept: [], renamePlace: (line) => line };
  const named = namesIn(document);
  const kept = resourcesOf(config).filter(
    (one) =>
      !named.has(Managers.keyOf(one)) &&
      // It stays by itself.
      !(one.kind === "project" && one.name === "default") &&
      (all || managers.of(one) !== "file"),
  );
  const keys = new Set(kept.map((one) => Managers.keyOf(one)));
  const isKept = (kind: ConfigResource["kind"], name: string) => keys.has(Managers.keyOf({ kind, name }));
  const rest: Record<string, unknown> = { ...document };
  const added = new Map<string, string>();
  const append = (list: string, items: readonly object[], nameOf: (at: number) => string) => {
    const own = document[list] ?? [];
    if (items.length === 0 || !Array.isArray(own)) return;
    rest[list] = [...(own as unknown[]), ...items];
    for (const at of items.keys()) added.set(`${list}[${own.length + at}]`, nameOf(at));
  };
  for (const [list, kind] of namedLists) {
    const items = (config[list] ?? []).filter(({ name }) => isKept(kind, name));
    append(list, items, (at) => `${kind} ${items[at]?.name}`);
  }
  const rates = (config.rates ?? []).filter((rate) => isKept("rate", nameOfRate(rate)));
  append("rates", rates, (at) => `rate ${rates[at] && nameOfRate(rates[at])}`);
  const alerts = (config.alerts ?? []).filter(({ url }) => isKept("alert", url));
  append("alerts", alerts, (at) => showResource({ kind: "alert", name: alerts[at]?.url ?? "" }));
  const aliases = Object.entries(config.aliases ?? {}).filter(([name]) => isKept("alias", name));
  const ownAliases = document["aliases"] ?? {};
  if (aliases.length > 0 && isRecord(ownAliases)) {
    rest["aliases"] = { ...ownAliases, ...Object.fromEntries(aliases) };
    for (const [name] of aliases) added.set(`aliases.${name}`, `alias ${name}`);
  }
  for (const name of settingNames) {
    if (!isKept("setting", name)) continue;
    rest[name] = config[name];
    added.set(name, `setting ${name}`);
  }
  return { document: rest, kept, renamePlace: (line) => renamePlace(line, added) };
}

function renamePlace(line: string, added: ReadonlyMap<string, string>): string {
  const [place = ""] = /^\w+(?:\[\d+\]|\.[^:]*(?::[^\s:]+)*)?/.exec(line) ?? [];
  const name = added.get(place);
  return name === undefined ? line : `${name}${notInFile}: ${line.slice(place.length).replace(/^(?:\.|: )/, "")}`;
}

/** What a document names, as far as it can be told before it is checked. */
function namesIn(document: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  const listOf = (key: string) => {
    const list = ownValue(document, key);
    return Array.isArray(list) ? list.filter(isRecord) : [];
  };
  const aliases = ownValue(document, "aliases");
  return new Set(
    [
      ...namedLists.flatMap(([list, kind]) => listOf(list).map(({ name }) => ({ kind, name: String(name) }))),
      ...Object.keys(isRecord(aliases) ? aliases : {}).map((name) => ({ kind: "alias" as const, name })),
      ...listOf("rates").map(({ from, to, since }) => ({
        kind: "rate" as const,
        name: nameOfRate({ from, to, since }),
      })),
      ...listOf("alerts").map(({ url }) => ({ kind: "alert" as const, name: String(url) })),
      ...settingNames
        .filter((name) => ownValue(document, name) !== undefined)
        .map((name) => ({ kind: "setting" as const, name })),
    ].map((one) => Managers.keyOf(one)),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
