import type { Command } from "commander";
import type { Environment } from "../base/environment.ts";
import { asCalled } from "../base/called-as.ts";
import { openClient, warnOnce } from "./client.ts";
import { CommandError } from "./command-error.ts";
import { findAddress } from "./find-address.ts";
import { findServer } from "./find-server.ts";
import { loginFile, readLogin, removeLogin, writeLogin } from "./login-file.ts";
import { print, printError } from "./print.ts";
import { readInput, readSecret, secretCharactersMax } from "./read-secret.ts";

export function addLogin(program: Command, environment: () => Environment): void {
  program
    .command("login")
    .description("remember the address of a Sahab, and its key, for all other commands")
    .argument("[address]", "such as https://ai.example.com; without one, what is remembered is shown")
    .option("--forget", "forget them again, as sahab logout does")
    .addHelpText(
      "after",
      `
The key is asked for without showing it, or read from standard input:  sahab login https://ai.example.com < key-file
It is never an argument, since other users can see those. Address and key are tried first, then kept in login.json in SAHAB_DATA,
with mode 0600. Commands use SAHAB_URL, else what login remembers, else SAHAB_HOST and SAHAB_PORT. A key goes to its own address
only; SAHAB_ADMIN_KEY is for SAHAB_URL, or without one for this machine's Sahab.`,
    )
    .action(async (given: string | undefined, options: { forget?: boolean }) => {
      const settings = environment();
      if (options.forget) forget(settings);
      else if (given === undefined) show(settings);
      else await logIn(settings, given);
    });

  program
    .command("logout")
    .description("forget what login remembers; commands then talk to this machine's Sahab")
    .action(() => forget(environment()));
}

async function logIn(settings: Environment, given: string): Promise<void> {
  const { address, isCorrected } = await findAddress(settings, given);
  if (isCorrected) printError(`The address is taken as ${address}, where a Sahab answers.`);
  warnOnce(address);
  const key = ((await readSecret(`Admin key for ${address}: `)) ?? (await readInput())).trim();
  if (!/^[\x21-\x7e]+$/.test(key) || key.length > secretCharactersMax)
    throw new CommandError(
      key === ""
        ? "No key was given; type it, or pass it on standard input"
        : "That is not a key: one line of printable ASCII without spaces is allowed",
    );
  const isAdmin = await tryKey(settings, address, key);
  const file = writeLogin(settings.dataDir, { address, key });
  print(asCalled(`Commands now talk to ${address}. Its key is kept in ${file}; sahab logout removes it.`));
  if (!isAdmin)
    printError(
      "warning: this key may call models (sahab chat), and not administer; other commands need one of role admin",
    );
  if (settings.url !== undefined && settings.url !== address)
    printError(`warning: SAHAB_URL is set, and comes first: commands talk to ${settings.url}`);
}

/** Nothing is remembered that does not work. Returns whether the key is of role admin. */
async function tryKey(settings: Environment, address: string, key: string): Promise<boolean> {
  const keyFrom = { place: "what was given", what: "a key", advice: "nothing is remembered" };
  const client = openClient(settings, { address, key, origin: "sahab login", keyFrom, keyHint: "" });
  try {
    await client.request("/admin/v1/ps");
    return true;
  } catch (cause) {
    if (!(cause instanceof CommandError) || cause.answer?.code !== "forbidden") throw cause;
  }
  await client.request("/v1/models");
  return false;
}

function forget(settings: Environment): void {
  print(removeLogin(settings.dataDir) ? "Forgotten." : "There is nothing to forget.");
}

function show(settings: Environment): void {
  const login = readLogin(settings.dataDir);
  const { address, origin } = findServer(settings);
  if (login)
    print(
      asCalled(
        `Remembered: ${login.address}, and its key, in ${loginFile(settings.dataDir)}. sahab logout removes them.`,
      ),
    );
  else print(asCalled("Nothing is remembered. To remember an address and its key: sahab login https://ai.example.com"));
  print(asCalled(`Commands talk to ${address} (${origin}). Whether it answers: sahab status`));
}
