import type { Command } from "commander";
import type { Environment } from "../base/environment.ts";
import { dataFolder, isLocked } from "../server/data-folder.ts";
import { findRunningProcess } from "../server/running-process.ts";
import { CommandError } from "./client.ts";
import { print } from "./print.ts";

/** Longer than Sahab lets the requests under way take, and its engines to end. */
const waitMsMax = 60_000;
const pollMs = 100;

export function addStop(program: Command, environment: () => Environment): void {
  program
    .command("stop")
    .description("stop the Sahab of this machine's data folder, after the requests under way have finished")
    .action(async () => {
      const folder = dataFolder(environment().dataDir);
      if (!isLocked(folder)) {
        print(`No Sahab runs on the data folder ${folder.path}.`);
        return;
      }
      const pid = findRunningProcess(folder.path);
      if (pid === undefined)
        throw new CommandError(
          `A process holds the data folder ${folder.path}, and which one is not known here: it may run in a container or on another machine. Stop it there`,
        );
      send(pid);
      const deadlineMs = performance.now() + waitMsMax;
      while (isLocked(folder)) {
        if (performance.now() > deadlineMs)
          throw new CommandError(`Process ${pid} has not ended after ${waitMsMax / 1000} s; its log says why`);
        await Bun.sleep(pollMs);
      }
      print("Sahab has stopped.");
    });
}

function send(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch (cause) {
    const { code } = cause as { code?: string };
    // It has just ended.
    if (code === "ESRCH") return;
    throw new CommandError(`Cannot stop process ${pid}: ${code ?? String(cause)}. Does it belong to another user?`, {
      cause,
    });
  }
}
