import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderTable } from "./table.ts";

/** How an agent did. */
export interface AgentResult {
  name: string;
  title: string;
  package: string;
  version: string;
  /** The day, as in 2026-11-26. */
  date: string;
  platform: string;
  /** Why there is no program to try. */
  notInstalled?: string;
  /** By the vendor's dialect: what was not as it must be. */
  vendors: Record<string, string[]>;
}

const docs = join(import.meta.dir, "..", "docs", "agents");
const resultsFile = join(import.meta.dir, "results.json");

export function readResults(): AgentResult[] {
  return existsSync(resultsFile) ? (JSON.parse(readFileSync(resultsFile, "utf8")) as AgentResult[]) : [];
}

/** Takes new results in among the earlier ones, and writes the table of all. A new version's results replace those of the old one. */
export function keepResults(fresh: readonly AgentResult[], order: readonly string[]): void {
  const earlier = readResults();
  const merged = fresh.map((result) => {
    const known = earlier.find(({ name, version }) => name === result.name && version === result.version);
    return known && !result.notInstalled ? { ...result, vendors: { ...known.vendors, ...result.vendors } } : result;
  });
  const rest = earlier.filter(({ name }) => !fresh.some((result) => result.name === name));
  const all = [...merged, ...rest].toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  writeFileSync(resultsFile, `${JSON.stringify(all, undefined, 2)}\n`);
  mkdirSync(docs, { recursive: true });
  writeFileSync(join(docs, "tried.md"), renderTable(all));
}
