import type { Command } from "commander";
import { UsageError } from "./command-error.ts";

/** The words of a command under another name, or what to do instead. */
type Meaning = { same: readonly string[] } | { says: string };

const same = (...words: string[]): Meaning => ({ same: words });
const says = (text: string): Meaning => ({ says: text });

const removes =
  "What is to be removed? A model: sahab rm MODEL; a key: sahab key revoke NAME; what cloud.yaml declares: take it out there, then sahab apply -f cloud.yaml";
const models = "sahab models lists them, sahab pull FILE-OR-URL adds a local one, sahab rm MODEL removes one";
const people =
  "Sahab has keys and projects, no users: a key for each person (sahab key create NAME --project PROJECT), and what each has used (sahab usage --by key)";
const projects =
  "Projects are declared in cloud.yaml (sahab export prints it), then: sahab apply -f cloud.yaml. What one may spend: sahab balance PROJECT";
const provides =
  "Providers are declared in cloud.yaml, then: sahab apply -f cloud.yaml. A vendor's key in its variable, such as OPENAI_API_KEY, is enough where Sahab starts";

/** What people type who know other programs. A name that a command has by now comes first. */
const otherWords: Readonly<Record<string, Meaning>> = {
  run: same("chat"),
  ask: same("chat"),
  serve: same("up"),
  start: same("up"),
  down: same("stop"),
  shutdown: same("stop"),
  list: same("models"),
  ls: same("models"),
  model: same("models"),
  keys: same("key"),
  providers: same("provider"),
  download: same("pull"),
  version: same("--version"),
  "-v": same("--version"),
  health: same("status"),
  ping: same("status"),
  info: same("status"),
  check: same("doctor"),
  cost: same("usage"),
  costs: same("usage"),
  billing: same("usage"),
  completions: same("completion"),
  logs: says(
    "Requests as they come: sahab requests tail. The log of the process itself is what sahab up writes to standard error: the terminal that it runs in, or journalctl -u sahab, or docker logs",
  ),
  log: says(
    "Requests as they come: sahab requests tail. The log of the process itself is what sahab up writes to standard error",
  ),
  restart: says(
    "Stop it and start it again: sahab stop, then sahab up. As a service: systemctl restart sahab. A change of cloud.yaml needs no restart: sahab apply -f cloud.yaml",
  ),
  remove: says(removes),
  delete: says(removes),
  del: says(removes),
  uninstall: says(
    "Sahab keeps everything in the data folder (~/.sahab, or SAHAB_DATA): stop it (sahab stop), then remove that folder and the checkout",
  ),
  config: says("The configuration is printed by: sahab export, and changed by: sahab apply -f cloud.yaml"),
  configure: says("The configuration is printed by: sahab export, and changed by: sahab apply -f cloud.yaml"),
  init: says("Nothing needs to be set up: sahab up creates what is missing, and then: sahab status"),
  setup: says("Nothing needs to be set up: sahab up creates what is missing, and then: sahab status"),
  update: says(
    "Sahab itself: git pull in its checkout, then start it again. The catalogue of models and prices: sahab catalog update",
  ),
  upgrade: says(
    "Sahab itself: git pull in its checkout, then start it again. Data and keys stay; a copy first is made by: sahab backup",
  ),
  users: says(people),
  user: says(people),
  teams: says(projects),
  team: says(projects),
  project: says(projects),
  projects: says(projects),
  budget: says(
    "A key's budget: sahab key edit NAME --budget AMOUNT; a project's: in cloud.yaml. What is left: sahab balance PROJECT",
  ),
  create: says(
    "A key: sahab key create NAME; a model: sahab pull FILE-OR-URL, or in cloud.yaml: sahab apply -f cloud.yaml",
  ),
  add: says(
    "A key: sahab key create NAME; a model: sahab pull FILE-OR-URL, or in cloud.yaml: sahab apply -f cloud.yaml",
  ),
  ui: says("The address that sahab status prints is for browsers, too"),
  console: says("The address that sahab status prints is for browsers, too"),
  dashboard: says("The address that sahab status prints is for browsers, too"),
  test: says("This machine and the server: sahab doctor; the vendors' accounts: sahab provider test"),
  deploy: says("Models and providers are declared in cloud.yaml, then: sahab apply -f cloud.yaml"),
  "models list": same("models"),
  "models ls": same("models"),
  "models pull": same("pull"),
  "models add": says(models),
  "models rm": same("rm"),
  "models remove": same("rm"),
  "models delete": same("rm"),
  "models show": same("models"),
  "key add": same("key", "create"),
  "key new": same("key", "create"),
  "key generate": same("key", "create"),
  "key ls": same("key", "list"),
  "key get": same("key", "show"),
  "key update": same("key", "edit"),
  "key rm": same("key", "revoke"),
  "key remove": same("key", "revoke"),
  "key delete": same("key", "revoke"),
  "provider ls": same("provider", "list"),
  "provider add": says(provides),
  "provider create": says(provides),
  "config show": same("export"),
  "config get": same("export"),
  "config apply": same("apply"),
};

/** What a name of several things alone means: their list. */
const lists: Readonly<Record<string, readonly string[]>> = {
  keys: ["key", "list"],
  providers: ["provider", "list"],
};

/** The arguments in the words of this program. Throws a UsageError that names the right command where the words mean none of its own. */
export function understand(program: Command, args: readonly string[]): string[] {
  if (args[0] === "help" && args[1] !== undefined) {
    const [command = "", ...rest] = understand(program, args.slice(1));
    return command.startsWith("-") ? [command] : ["help", command, ...rest];
  }
  const [first = "", second = ""] = args;
  // "keys ls" is "key ls" first.
  const group = meaningOf(first);
  const isOwn = program.commands.some((command) => command.name() === first);
  const name = !isOwn && group && "same" in group ? (group.same[0] ?? first) : first;
  // The list of requests names their ids.
  if (name === "requests" && second.startsWith("req_")) return ["requests", "show", ...args.slice(1)];
  const own = program.commands.find((command) => command.name() === name);
  const both = own?.commands.some((command) => command.name() === second) ? undefined : meaningOf(`${name} ${second}`);
  if (both && second !== "") return mean(both, args.slice(0, 2).join(" "), args.slice(2));
  const rest = args.slice(1);
  if (!isOwn && Object.hasOwn(lists, first) && rest.every((word) => word.startsWith("-") && !isHelp(word)))
    return [...(lists[first] ?? []), ...rest];
  return isOwn || !group ? [...args] : mean(group, first, rest);
}

/** All commands that the words stand for or that the messages name. For tests. */
export function namedCommands(): string[] {
  return Object.values(otherWords).flatMap((meaning) =>
    "same" in meaning
      ? [meaning.same.join(" ")]
      : Array.from(
          meaning.says.matchAll(/sahab ((?:key |provider |catalog |requests )?[a-z]+)/g),
          ([, words = ""]) => words,
        ),
  );
}

function isHelp(word: string): boolean {
  return word === "--help" || word === "-h";
}

function meaningOf(words: string): Meaning | undefined {
  return Object.hasOwn(otherWords, words) ? otherWords[words] : undefined;
}

function mean(meaning: Meaning, typed: string, rest: readonly string[]): string[] {
  if ("same" in meaning) return [...meaning.same, ...rest];
  throw new UsageError(`error: there is no command '${typed}'. ${meaning.says}`);
}
