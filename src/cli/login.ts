import type { Command } from "commander";
import type { Environment } from "../base/environment.ts";
import { parseServerAddress } from "../base/server-address.ts";
import { openClient, warnOnce } from "./client.ts";
import { CommandError } from "./command-error.ts";
import { ownAddress } from "./find-server.ts";
import { removeLogin, writeLogin } from "./login-file.ts";
import { print, printError } from "./print.ts";
import { readInput, readSecret, secretCharactersMax } from "./read-secret.ts";

export function addLogin(program: Command, environment: () => Environment): void {
  program
    .command("login")
    .description("remember the address of a Sahab, and its key, for all other commands")
    .argument("[address]", "such as https://ai.example.com; by default SAHAB_URL, else this machine's")
    .option("--forget", "forget them again; commands then talk to this machine's Sahab")
    .addHelpText(
      "after",
      `
The key is asked for without showing it, or read from standard input:  sahab login https://ai.example.com < key-file
It is never an argument, since other users can see those. Both are kept in login.json in SAHAB_DATA, with mode 0600.
Commands use SAHAB_URL, else what login remembers, else SAHAB_HOST and SAHAB_PORT. A key goes to its own address only;
SAHAB_ADMIN_KEY is for SAHAB_URL, or without one for this machine's Sahab.`,
    )
    .action(async (given: string | undefined, options: { forget?: boolean }) => {
      const settings = environment();
      if (options.forget) {
        print(removeLogin(settings.dataDir) ? "Forgotten." : "There is nothing to forget.");
        return;
      }
      const address = parse(given) ?? settings.url ?? ownAddress(settings);
      warnOnce(address);
      const key = ((await readSecret(`Admin key for ${address}: `)) ?? (await readInput())).trim();
      if (!/^[\x21-\x7e]+$/.test(key) || key.length > secretCharactersMax)
        throw new CommandError(
          key === ""
            ? "No key was given; type it, or pass it on standard input"
            : "That is not a key: one line of printable ASCII without spaces is allowed",
        );
      // Nothing is remembered that does not work.
      const keyFrom = { place: "what was given", advice: "nothing is remembered" };
      const server = { address, key, origin: "sahab login", keyFrom, keyHint: "" } as const;
      await openClient(settings, server).request("/admin/v1/ps");
      const file = writeLogin(settings.dataDir, { address, key });
      print(`Commands now talk to ${address}. Its key is kept in ${file}; sahab login --forget removes it.`);
      if (settings.url !== undefined && settings.url !== address)
        printError(`warning: SAHAB_URL is set, and comes first: commands talk to ${settings.url}`);
    });
}

function parse(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  try {
    return parseServerAddress(address);
  } catch (cause) {
    throw new CommandError(`The address ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
