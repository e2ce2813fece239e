import type { Command } from "commander";
import type { EngineStatus } from "../engine/index.ts";
import type { Client } from "./client.ts";
import { formatBytes, formatTable, print, printJson } from "./print.ts";

export function addPs(program: Command, client: () => Client): void {
  program
    .command("ps")
    .description("show the engines of local models: state, slots, memory, threads")
    .option("--json", "print all details as JSON")
    .action(async (options: { json?: boolean }) => {
      const { engines } = await client().json<{ engines: EngineStatus[] }>("/admin/v1/ps");
      if (options.json) {
        printJson(engines);
        return;
      }
      if (engines.length === 0) {
        print("No local models. Add one with: sahab pull FILE-OR-URL");
        return;
      }
      const rows = engines.map(({ name, state, pid, slots, contextTokens, live, tuning, sandbox, restarts }) => [
        name,
        state,
        pid ?? "-",
        live ? `${live.slotsBusy} of ${slots}` : `${slots}`,
        live ? live.queueLength : "-",
        contextTokens,
        live ? formatBytes(live.memoryRssBytes) : "-",
        tuning ? describeThreads(tuning.threads) : "-",
        live ? live.tokensGenerated : "-",
        restarts,
        sandbox?.split(":", 1)[0] ?? "-",
      ]);
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
      for (const { name, sandbox } of engines)
        if (sandbox !== null && sandbox !== "full") print(`${name}: its sandbox is ${sandbox}`);
      for (const { name, lastError } of engines) if (lastError !== null) print(`${name}: ${lastError}`);
    });
}

/** For one stream, and for prompts where those are read with more or fewer. */
function describeThreads({ one, prompt }: NonNullable<EngineStatus["tuning"]>["threads"]): string {
  return one === prompt ? `${one}` : `${one}, prompts ${prompt}`;
}
