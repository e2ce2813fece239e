import type { Command } from "commander";
import type { Environment } from "../base/environment.ts";
import { asCalled } from "../base/called-as.ts";
import { CommandError } from "./client.ts";
import { commandHere, quote } from "./command-here.ts";
import { print } from "./print.ts";

export function addUp(program: Command, environment: () => Environment): void {
  program
    .command("up")
    .description("start Sahab in this terminal; Ctrl-C stops it after the requests under way have finished")
    .action(async () => {
      const settings = environment();
      const { openServerLog } = await import("../server/index.ts");
      const logs = openServerLog(settings);
      const { log } = logs;
      for (const line of settings.misspelt) log.warn(line);
      const { startSahab, StartError, version } = await import("../server/index.ts");
      let running: Awaited<ReturnType<typeof startSahab>>;
      try {
        running = await startSahab(settings, logs, process.env);
      } catch (error) {
        if (error instanceof StartError) throw new CommandError(error.message, { cause: error });
        throw error;
      }

      let stoppingMs = 0;
      const stop = async (signal: string) => {
        if (stoppingMs > 0) {
          // A second signal ends it at once. But one Ctrl-C may arrive twice, from the terminal and from the launcher.
          if (performance.now() - stoppingMs > 500) process.exit(1);
          return;
        }
        stoppingMs = performance.now();
        log.info({ signal }, "stopping: no new requests; those under way may finish");
        await running.stop();
        process.exit(0);
      };
      process.on("SIGTERM", () => void stop("SIGTERM"));
      process.on("SIGINT", () => void stop("SIGINT"));
      // Programs that renew certificates send it, and services that are reloaded get it, with TLS or without; on a terminal it says that
      // the terminal is gone.
      if (!process.stdin.isTTY) process.on("SIGHUP", () => running.renewCertificate());

      print(`Sahab ${version} listens on ${running.address}`);
      print(`Its database is ${running.database}`);
      const { adminKeyFile } = running.folder;
      const caller = commandHere(settings, new URL(running.address).port || undefined);
      // Where nobody reads along it would stay in a log.
      if (running.adminKeyCreated && process.stdout.isTTY)
        print(`\nAdmin key (shown only once; it is kept in ${adminKeyFile}):\n  ${running.adminKey}`);
      else if (settings.adminKey === undefined) print(`The admin key is in ${adminKeyFile}`);
      if (process.stdout.isTTY)
        print(
          `\nOpen the console (the link signs in once, within ten minutes):\n  ${await running.createSignInLink()}`,
        );
      // A link in a log would be read by whoever reads the log.
      else print(`The console is at ${running.address}/ (for a link that signs in: ${caller} console)`);
      const key = settings.adminKey === undefined ? `$(cat ${quote(adminKeyFile)})` : "$SAHAB_ADMIN_KEY";
      const [model] = running.models;
      if (model === undefined) {
        print(
          asCalled("\nThere are no models yet: sahab pull hf.co/OWNER/REPO, or sahab apply -f cloud.yaml\n", caller),
        );
        return;
      }
      print(`\nThe first call (paste this line):\n  ${firstCall(running.address, key, model.name)}`);
      print(`\nOr talk to it:  ${caller} chat ${model.name}`);
      if (model.isBuiltIn) {
        print(
          `${model.name} is a small model that comes with Sahab. Ask it how to do things with Sahab, in English, 中文 or العربية.`,
        );
      }
      print("");
    });
}

function firstCall(address: string, key: string, model: string): string {
  const body = { model, stream: true, max_tokens: 256, messages: [{ role: "user", content: "What is Sahab?" }] };
  // The shell itself runs printf, so the key is among no process's arguments, which other users can read.
  return `printf 'Authorization: Bearer %s' "${key}" | curl -N -H @- ${address}/v1/chat/completions -H "Content-Type: application/json" -d '${JSON.stringify(body)}'`;
}
