import type { Command } from "commander";
import { showByteSize } from "../base/parse-byte-size.ts";
import type { FleetStatus } from "../fleet/index.ts";
import { asCalled } from "../base/called-as.ts";
import type { Client } from "./client.ts";
import { formatBytes, formatTable, print, printJson } from "./print.ts";
import { showAgo } from "./show-time.ts";

export function addPs(program: Command, client: () => Client): void {
  program
    .command("ps")
    .description("show the engines of local models: state, slots, memory, threads; with a budget, when they sleep")
    .option("--json", "print all details as JSON")
    .action(async (options: { json?: boolean }) => {
      const { engines, memory: budget } = await client().json<FleetStatus>("/admin/v1/ps");
      if (options.json) {
        printJson(
          engines.map((engine) => (engine.memory ? { ...engine, memory: { ...engine.memory, budget } } : engine)),
        );
        return;
      }
      if (engines.length === 0) {
        print(asCalled("No local models. Add one with: sahab pull hf.co/OWNER/REPO"));
        return;
      }
      const rows = engines.map(
        ({ name, state, pid, slots, contextTokens, live, tuning, sandbox, restarts, memory }) => [
          name,
          memory?.state ?? state,
          pid ?? "-",
          live ? `${live.slotsBusy} of ${slots}` : `${slots}`,
          live ? live.queueLength : "-",
          contextTokens,
          live ? formatBytes(live.memoryRssBytes) : "-",
          tuning ? describeThreads(tuning.threads) : "-",
          live ? live.tokensGenerated : "-",
          restarts,
          sandbox?.split(":", 1)[0] ?? "-",
        ],
      );
      print(
        formatTable(
          [
            "MODEL",
            "STATE",
            "PID",
            "SLOTS BUSY",
            "QUEUE",
            "CONTEXT",
            "MEMORY",
            "THREADS",
            "TOKENS",
            "RESTARTS",
            "SANDBOX",
          ],
          rows,
        ),
      );
      if (budget) printBudget(engines, budget, Date.now());
      for (const { name, sandbox } of engines)
        if (sandbox !== null && sandbox !== "full") print(`${name}: its sandbox is ${sandbox}`);
      for (const { name, lastError } of engines) if (lastError !== null) print(`${name}: ${lastError}`);
    });
}

/** Models that are loaded when they are asked for, and what is left for more. */
function printBudget(engines: FleetStatus["engines"], budget: NonNullable<FleetStatus["memory"]>, nowMs: number): void {
  const rows = engines.flatMap(({ name, memory }) =>
    memory
      ? [
          [
            name,
            memory.residentBytes > 0 ? showByteSize(memory.residentBytes) : "-",
            memory.reservedBytes > 0 ? showByteSize(memory.reservedBytes) : "-",
            memory.estimatedBytes === null ? "-" : showByteSize(memory.estimatedBytes),
            memory.lastUsedAt === null ? "-" : showAgo(memory.lastUsedAt, nowMs),
            memory.sleepsAt === null ? "-" : showAgo(memory.sleepsAt, nowMs),
            memory.loadsLastMinute,
            memory.waiting,
          ],
        ]
      : [],
  );
  print("");
  print(formatTable(["MODEL", "HOLDS", "RESERVED", "NEEDS", "LAST USED", "SLEEPS", "LOADS A MINUTE", "WAITING"], rows));
  const { budgetBytes, reservedBytes, freeBytes } = budget;
  print(
    budgetBytes === null || freeBytes === null
      ? `memory: ${showByteSize(reservedBytes)} reserved, without a budget (memory: 8GB in cloud.yaml sets one)`
      : `memory: ${showByteSize(reservedBytes)} of ${showByteSize(budgetBytes)} reserved, ${showByteSize(freeBytes)} free`,
  );
}

/** For one stream, and for prompts where those are read with more or fewer. */
function describeThreads({ one, prompt }: NonNullable<FleetStatus["engines"][number]["tuning"]>["threads"]): string {
  return one === prompt ? `${one}` : `${one}, prompts ${prompt}`;
}
