import { InvalidArgumentError, type Command } from "commander";
import type { Environment } from "../base/environment.ts";
import { CommandError } from "./command-error.ts";
import type { ClientProgram } from "../connect/client-program.ts";
import type { ConnectOptions } from "./connect/connect-options.ts";
import { findClient } from "../connect/registry.ts";
import { parseExpiry } from "./parse-span.ts";

export function addConnect(program: Command, environment: () => Environment): void {
  program
    .command("connect")
    .description("point Codex, Claude Code, Gemini CLI and other programs at this Sahab; without a name, list them")
    .argument("[program]", "such as codex; sahab connect lists them", parseClient)
    .option(
      "-m, --model <model>",
      "the model that it is to use; by default the one that fits, or the first of cloud.yaml",
    )
    .option(
      "-k, --key <key>",
      "a key that there is, instead of a new one; - reads it from the terminal or standard input",
    )
    .option("-p, --project <project>", "the project that pays for a new key", "default")
    .option("-e, --expires <time>", "when a new key expires: 30d, 12h, or a date such as 2027-01-31", parseExpiry)
    .option("-w, --write", "put it into the program's own settings, whose former state is kept")
    .option("--undo", "take out what --write has put in, and revoke its key; later changes of yours stay")
    .option("--dry-run", "show what --write or --undo would do, and make no key")
    .option("--json", "print it as JSON")
    .addHelpText(
      "after",
      `
Without --write the lines to paste are printed, with a key of their own each time. With it the key is not shown: it is in the
program's settings alone, and revoked by --undo or the next --write. Other users of this machine can see a key in --key.`,
    )
    .action(async (client: ClientProgram | undefined, options: ConnectOptions) => {
      if (options.write && options.undo) throw new CommandError("--write and --undo do not go together");
      if (options.key !== undefined && options.expires !== undefined)
        throw new CommandError("--expires is for a new key, and --key takes one that there is");
      const { runConnect } = await import("./connect/run-connect.ts");
      await runConnect(environment(), client, options);
    });
}

function parseClient(name: string): ClientProgram {
  try {
    return findClient(name);
  } catch (cause) {
    throw new InvalidArgumentError((cause as Error).message);
  }
}
