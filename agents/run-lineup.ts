// Runs installed agents: reads a Lineup from its standard input, and prints what it Found.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kits } from "../src/testing/wire/kits.ts";
import type { Kit } from "../src/testing/wire/kit.ts";
import type { Agent } from "./agent.ts";
import { describeFacts } from "./describe-facts.ts";
import { agents } from "./programs/index.ts";
import { runCell } from "./run-cell.ts";

export interface Lineup {
  /** An agent's name → its program. */
  programs: Record<string, string>;
  /** The dialects of the vendors. */
  vendors: string[];
  /** Where the agents have their homes. */
  folder: string;
  keep: boolean;
}

/** An agent's name → a vendor's dialect → what is not as it must be. */
export type Found = Record<string, Record<string, string[]>>;

/** What is printed of a cell that failed, in letters. */
const factsMax = 6_000;

const lineup = JSON.parse(await Bun.stdin.text()) as Lineup;
const found: Found = {};
for (const [name, program] of Object.entries(lineup.programs)) {
  const agent = agents.find((one) => one.name === name);
  if (!agent) throw new Error(`No agent is called ${name}`);
  process.stderr.write(`${agent.title}\n`);
  const cells: Record<string, string[]> = (found[name] = {});
  for (const kit of kits.filter(({ api }) => lineup.vendors.includes(api)))
    cells[kit.api] = await tryCell(agent, program, kit);
}
process.stdout.write(JSON.stringify(found));

async function tryCell(agent: Agent, program: string, kit: Kit): Promise<string[]> {
  const folder = join(lineup.folder, `${agent.name}-${kit.api}`);
  const started = performance.now();
  let problems: string[];
  let facts = "";
  try {
    const result = await runCell(agent, program, kit, folder);
    problems = result.problems;
    facts = describeFacts(result.facts);
    if (lineup.keep) writeFileSync(join(folder, "facts.txt"), facts);
    if (lineup.keep) writeFileSync(join(folder, "requests.json"), JSON.stringify(result.facts.vendor.requests));
  } catch (error) {
    problems = [error instanceof Error ? error.message : String(error)];
  } finally {
    if (!lineup.keep) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
  const took = ((performance.now() - started) / 1000).toFixed(0);
  const verdict = problems.length === 0 ? "✓" : problems.join("\n             ");
  process.stderr.write(`  ${kit.api.padEnd(10)} ${verdict} (${took} s)\n`);
  if (problems.length > 0) process.stderr.write(`${facts.slice(0, factsMax)}\n`);
  return problems;
}
