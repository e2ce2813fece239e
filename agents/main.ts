import { mkdirSync } from "node:fs";
import { arch, platform } from "node:os";
import { join } from "node:path";
import type { Agent } from "./agent.ts";
import { install, latestVersion } from "./install.ts";
import { loopbackOnly } from "./loopback-only.ts";
import { parseOptions, usage, type AgentsOptions } from "./options.ts";
import { agents } from "./programs/index.ts";
import { keepResults, type AgentResult } from "./results.ts";
import type { Found, Lineup } from "./run-lineup.ts";

let options: AgentsOptions | "help";
try {
  options = parseOptions(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
  process.exit(2);
}
if (options === "help") process.stdout.write(`${usage}\n`);
else if (options.list) list(options);
else process.exitCode = (await tryAgents(options)) ? 0 : 1;

function list(options: AgentsOptions): void {
  const row = ({ name, from, package: published, version }: Agent) =>
    `${name.padEnd(12)} ${from.padEnd(5)} ${published} ${version}\n`;
  process.stdout.write(options.json ? `${JSON.stringify(options.agents)}\n` : options.agents.map(row).join(""));
}

/** Whether all is well. */
async function tryAgents(options: AgentsOptions): Promise<boolean> {
  const installed: AgentResult[] = [];
  const programs: Record<string, string> = {};
  mkdirSync(options.scratch, { recursive: true });
  for (const agent of options.agents) {
    const version = options.latest ? await latestVersion(agent) : agent.version;
    process.stderr.write(`Installing ${agent.package} ${version} …\n`);
    const found = await install(agent, version, options.scratch);
    const { name, title } = agent;
    const date = new Date().toISOString().slice(0, 10);
    const result = {
      name,
      title,
      package: agent.package,
      version,
      date,
      platform: `${platform()} ${arch()}`,
      vendors: {},
    };
    installed.push("problem" in found ? { ...result, notInstalled: found.problem } : result);
    if ("problem" in found) process.stderr.write(`  ${found.problem}\n`);
    else programs[name] = found.program;
  }
  const found = await runLineup({
    programs,
    vendors: options.vendors.map(({ api }) => api),
    folder: join(options.scratch, "cells"),
    keep: options.keep,
  });
  const results = installed.map((result) => ({ ...result, vendors: found[result.name] ?? {} }));
  if (options.table)
    keepResults(
      results,
      agents.map(({ name }) => name),
    );
  if (options.json) process.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`);
  return results.every(
    ({ notInstalled, vendors }) =>
      notInstalled === undefined && Object.values(vendors).every((problems) => problems.length === 0),
  );
}

/** In a process of its own, which reaches nothing but this machine where that can be had. */
async function runLineup(lineup: Lineup): Promise<Found> {
  const prefix = loopbackOnly();
  if (!prefix) process.stderr.write("No network of its own can be made here, so what calls home may get there.\n");
  const child = Bun.spawn([...(prefix ?? []), process.execPath, join(import.meta.dir, "run-lineup.ts")], {
    stdin: new Blob([JSON.stringify(lineup)]),
    stdout: "pipe",
    stderr: "inherit",
  });
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error("The agents could not be run; see above");
  return JSON.parse(text) as Found;
}
