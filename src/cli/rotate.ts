import type { Command } from "commander";
import { asCalled } from "../base/called-as.ts";
import type { Environment } from "../base/environment.ts";
import { dataFolder } from "../server/data-folder.ts";
import { CommandError, type Client } from "./client.ts";
import { isOwnAdminKey } from "./find-server.ts";
import { describeOld, type OldKey } from "./key.ts";
import { parseSeconds } from "./parse-span.ts";
import { print, printError, printJson } from "./print.ts";

export function addRotate(program: Command, client: () => Client, environment: () => Environment): void {
  const rotate = program.command("rotate").description("replace a key by a new one");

  rotate
    .command("admin")
    .description("write a new admin key into admin.key, while requests go on; named ones: sahab key rotate NAME")
    .option("-o, --overlap <time>", "how long the old one stays good: 1h, 7d; not at all by default", parseSeconds)
    .option("--json", "print the new key and what the old one is now as JSON")
    .action(async (options: { overlap?: number; json?: boolean }) => {
      const caller = client();
      const body = { overlap_seconds: options.overlap };
      const rotated = await caller.json<{ key: string | null; old: OldKey }>("/admin/v1/rotate/admin", { body });
      if (options.json) {
        printJson(rotated);
        return;
      }
      const end = `The old one is ${rotated.old.id} now, ${describeOld(rotated.old)}.`;
      const settings = environment();
      if (rotated.key === null) {
        print(
          `The new admin key is in admin.key of the server's data folder; only who had the old one is shown it. ${end}`,
        );
        return;
      }
      if (isOwnAdminKey(settings, rotated.key)) {
        print(`The new admin key is in ${dataFolder(settings.dataDir).adminKeyFile}. ${end}`);
        return;
      }
      print(rotated.key);
      printError(`${end} Where sahab login remembers it, log in again: ${asCalled("sahab login")} ${caller.address}`);
    });

  rotate
    .command("master")
    .description("seal all secrets of vendors with a new master key, while requests go on")
    .option(
      "--lost",
      "the present key is lost: forget all secrets, and begin with a new one (Sahab must not run, on no machine of the database)",
    )
    .option("--json", "print the outcome as JSON")
    .addHelpText(
      "after",
      `
A backup made before holds the key before, and still opens. Where the key comes from SAHAB_MASTER_KEY, start with the new one there
and the present one in SAHAB_MASTER_KEY_OLD instead; the start seals everything with the new one.`,
    )
    .action(async (flags: { lost?: boolean; json?: boolean }) => {
      if (flags.lost) {
        const forgotten = await forgetLost(environment());
        if (flags.json) printJson({ forgotten });
        else if (forgotten.length === 0) print("No secrets were sealed; the next start begins with a new master key.");
        else
          print(
            `Forgot the secrets of ${forgotten.join(", ")}. ${asCalled("Give them again: sahab apply")} -f cloud.yaml`,
          );
        return;
      }
      const { resealed } = await client().json<{ resealed: number }>("/admin/v1/rotate/master", { body: {} });
      if (flags.json) printJson({ resealed });
      else print(`The master key is new; ${resealed} secrets were sealed with it.`);
    });
}

async function forgetLost(settings: Environment): Promise<string[]> {
  const { forgetSecrets, StartError } = await import("../server/index.ts");
  try {
    return await forgetSecrets(settings);
  } catch (error) {
    if (error instanceof StartError) throw new CommandError(error.message, { cause: error });
    throw error;
  }
}
