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

const budgets =
  "A key's budget: sahab key edit NAME --budget AMOUNT; a project's: in cloud.yaml. What is left: sahab balance PROJECT";
const fetches =
  "A model: sahab pull hf.co/OWNER/REPO, modelscope.cn/OWNER/REPO, or a file. Sahab itself is installed already: sahab status";
const tokens = "A key for an application: sahab key create NAME; what was used: sahab usage --by key";
const leaves = "To stop the server: sahab stop; to end a chat, type /exit in it";

/** What people type who know other programs. A name that a command has by now comes first. */
const otherWords: Readonly<Record<string, Meaning>> = {
  run: same("chat"),
  ask: same("chat"),
  serve: same("up"),
  start: same("up"),
  down: same("stop"),
  shutdown: same("stop"),
  kill: same("stop"),
  server: same("up"),
  daemon: same("up"),
  list: same("models"),
  ls: same("models"),
  model: same("models"),
  keys: same("key"),
  providers: same("provider"),
  vendors: same("provider"),
  request: same("requests"),
  history: same("requests"),
  tail: same("requests", "tail"),
  follow: same("requests", "tail"),
  auth: same("login"),
  web: same("console"),
  ui: same("console"),
  gui: same("console"),
  open: same("console"),
  browser: same("console"),
  dashboard: same("console"),
  stats: same("usage"),
  bill: same("usage"),
  invoice: same("usage"),
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
  budget: says(budgets),
  budgets: says(budgets),
  limit: says(
    "A key's limits: sahab key edit NAME --rpm COUNT; a project's: in cloud.yaml, then: sahab apply -f cloud.yaml",
  ),
  limits: says(
    "A key's limits: sahab key edit NAME --rpm COUNT; a project's: in cloud.yaml, then: sahab apply -f cloud.yaml",
  ),
  token: says(tokens),
  tokens: says(tokens),
  install: says(fetches),
  search: says(
    "Models in GGUF are looked for on huggingface.co or modelscope.cn, then: sahab pull hf.co/OWNER/REPO. What is here: sahab models",
  ),
  show: says(
    "What is to be shown? How it is: sahab status; a key: sahab key show NAME; a request: sahab requests show ID; models: sahab models",
  ),
  get: says(
    "What is to be shown? How it is: sahab status; a key: sahab key show NAME; a request: sahab requests show ID; models: sahab models",
  ),
  metrics: says("Prometheus reads them at /metrics of the address that sahab status prints; for people: sahab usage"),
  whoami: says("The server and key that commands use: sahab login without an address; whether they work: sahab status"),
  quit: says(leaves),
  exit: says(leaves),
  embed: says("Embeddings are asked for over the API (POST /v1/embeddings); which models there are: sahab models"),
  clean: says(
    "A model and its file: sahab rm MODEL; what cloud.yaml no longer names: sahab apply -f cloud.yaml --prune",
  ),
  prune: says(
    "A model and its file: sahab rm MODEL; what cloud.yaml no longer names: sahab apply -f cloud.yaml --prune",
  ),
  env: says("The variables that Sahab knows are listed by: sahab --help; what they make of it: sahab doctor"),
  set: says("The configuration is printed by: sahab export, and changed by: sahab apply -f cloud.yaml"),
  create: says(
    "A key: sahab key create NAME; a model: sahab pull FILE-OR-URL, or in cloud.yaml: sahab apply -f cloud.yaml",
  ),
  add: says(
    "A key: sahab key create NAME; a model: sahab pull FILE-OR-URL, or in cloud.yaml: sahab apply -f cloud.yaml",
  ),
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
  "provider remove": says(provides),
  "provider rm": says(provides),
  "provider delete": says(provides),
  "provider edit": says(provides),
  "requests list": same("requests"),
  "requests ls": same("requests"),
  "requests follow": same("requests", "tail"),
  "usage list": same("usage"),
  "usage show": same("usage"),
  "usage today": same("usage", "--since", "today"),
  "usage yesterday": same("usage", "--since", "yesterday", "--until", "today"),
  "config show": same("export"),
  "config get": same("export"),
  "config apply": same("apply"),
};

/** What a name of several things alone means: their list. */
const lists: Readonly<Record<string, readonly string[]>> = {
  keys: ["key", "list"],
  providers: ["provider", "list"],
  vendors: ["provider", "list"],
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
      ? [meaning.same.join(" ").replace(/(?<=.) --.*/, "")]
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
