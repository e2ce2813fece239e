import type { Command, Option } from "commander";
import { UsageError } from "./command-error.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** What npm makes of short options, as variables. */
const npmShort: Readonly<Record<string, readonly [variable: string, value: string]>> = {
  "-a": ["all", "true"],
  "-f": ["force", "true"],
  "-s": ["loglevel", "silent"],
  "-y": ["yes", "true"],
};
/** Long options of npm's that it makes of short ones, whose meaning here is another. */
const shortOfNpm: Readonly<Record<string, string>> = {
  "--all": "-a",
  "--force": "-f",
  "--message": "-m",
  "--no-yes": "-n",
  "--parseable": "-p",
  "--yes": "-y",
};
/** What a person may say to npm behind the script's name. */
const meantForNpm = new Set(["--foreground-scripts", "--if-present", "--ignore-scripts", "--loglevel", "--prefix"]);

/** What npm takes an option for that is the beginning of one of its own. */
const npmLong: Readonly<Record<string, string>> = { by: "bypass_2fa" };

/** Settings of `up` that are variables. */
const upSettings: Readonly<Record<string, string>> = {
  port: "SAHAB_PORT",
  host: "SAHAB_HOST",
  data: "SAHAB_DATA",
  "data-dir": "SAHAB_DATA",
  config: "SAHAB_CONFIG",
  workers: "SAHAB_WORKERS",
  log: "SAHAB_LOG",
  "log-level": "SAHAB_LOG",
};

/**
 * Throws a UsageError with the line to type where npm kept the options of this command for itself (`npm run sahab key create x
 * --project y`, without `--` before "key"), and where `up` is given settings as options. `typed` is npm's own line (`readNpmLine`);
 * without it npm's variables are looked at, in which not every option is.
 */
export function refuseLostOptions(
  program: Command,
  args: readonly string[],
  variables: Variables,
  typed?: readonly string[],
): void {
  const isThroughNpm = ["sahab", "start"].includes(variables["npm_lifecycle_event"] ?? "");
  const command = findCommand(program, args);
  if (command.name() === "up") refuseUpSettings(args, isThroughNpm ? variables : {}, isThroughNpm);
  if (variables["npm_lifecycle_event"] !== "sahab" || command === program) return;
  if (typed) {
    refuseKeptWords(command, typed);
    return;
  }
  const lost = command.options.filter(
    (option) =>
      isLost(option, args, variables) && !isGivenAsArgument(option, command, wordsAfter(command, program, args)),
  );
  if (lost.length === 0) return;
  const takesValue = lost.filter((option) => option.required || option.optional);
  // npm leaves the value of an option that it does not know behind, among the arguments.
  const [only, ...others] = takesValue;
  const more = countMoreArguments(command, program, args);
  // Which value is whose cannot be told of several.
  const value = others.length === 0 && more > 0 ? args.at(-1) : undefined;
  const own = takesValue.length === 0 ? args : args.slice(0, args.length - Math.min(more, takesValue.length));
  const options = lost.map((it) => (it === only && value !== undefined ? `${nameOf(it)} ${quote(value)}` : show(it)));
  throw keptByNpm(lost.map(nameOf), [...own.map(quote), ...options]);
}

function refuseKeptWords(command: Command, typed: readonly string[]): void {
  const end = typed.indexOf("--");
  const words = (end === -1 ? typed : typed.slice(0, end)).flatMap((word, at, all) => {
    if (all[at - 1] === "--loglevel") return word === "silent" && hasOption(command, "-s") ? [] : [word];
    if (word === "--loglevel" && all[at + 1] === "silent" && hasOption(command, "-s")) return ["-s"];
    const short = shortOfNpm[word];
    return short !== undefined && !hasOption(command, word) && hasOption(command, short) ? [short] : [word];
  });
  const kept = words
    .filter((word) => /^-+[^-]/.test(word))
    .map((word) => word.replace(/=.*/s, ""))
    .filter((name) => !meantForNpm.has(name) || hasOption(command, name));
  if (kept.length === 0) return;
  const rest = end === -1 ? [] : typed.slice(end + 1);
  throw keptByNpm([...new Set(kept)], [...words, ...rest].map(quote));
}

function hasOption(command: Command, name: string): boolean {
  return command.options.some(({ long, short }) => name === long || name === short);
}

function keptByNpm(names: readonly string[], line: readonly string[]): UsageError {
  return new UsageError(
    `error: npm kept ${names.join(", ")} for itself: "--" is missing before the command. Type:\n  ${["npm run sahab --", ...line].join(" ")}`,
  );
}

function refuseUpSettings(args: readonly string[], variables: Variables, isThroughNpm: boolean): void {
  for (const [name, variable] of Object.entries(upSettings)) {
    const at = args.findIndex((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`));
    const npmValue = variables[`npm_config_${name.replaceAll("-", "_")}`];
    if (at === -1 && !isSet(npmValue)) continue;
    const given = at === -1 ? args[1] : (/=(.*)/.exec(args[at] ?? "")?.[1] ?? args[at + 1]);
    throw new UsageError(
      `error: "up" takes --${name} from the environment: ${variable}=${quote(given ?? "VALUE")} ${isThroughNpm ? "npm start" : "sahab up"} (all variables: sahab --help)`,
    );
  }
}

function findCommand(program: Command, args: readonly string[]): Command {
  let command = program;
  for (const arg of args) {
    const next = command.commands.find((it) => it.name() === arg);
    if (!next) break;
    command = next;
  }
  return command;
}

function isLost({ long, short, negate }: Option, args: readonly string[], variables: Variables): boolean {
  const isGiven = args.some((arg) => arg === long || arg === short || (long && arg.startsWith(`${long}=`)));
  if (isGiven || !long) return false;
  const name = long.replace(/^--(?:no-)?/, "");
  const value = variables[`npm_config_${npmLong[name] ?? name.replaceAll("-", "_")}`];
  if (negate) return value === "" || value === "false";
  if (isSet(value)) return true;
  const [variable, shortValue] = npmShort[short ?? ""] ?? [];
  return variable !== undefined && variables[`npm_config_${variable}`] === shortValue;
}

/** npm writes false as nothing. */
function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "false";
}

/** Whether an argument of the command has the same name as the option: npm drops the option, and its value is read as that argument. */
function isGivenAsArgument(option: Option, { registeredArguments }: Command, words: readonly string[]): boolean {
  const at = registeredArguments.findIndex((argument) => argument.name() === option.attributeName());
  return at !== -1 && at < words.length;
}

/** How many words there are beyond the command's arguments. */
function countMoreArguments(command: Command, program: Command, args: readonly string[]): number {
  const { registeredArguments: declared } = command;
  const words = wordsAfter(command, program, args);
  return declared.some(({ variadic }) => variadic) ? 0 : Math.max(0, words.length - declared.length);
}

/** What comes after the words that name the command. */
function wordsAfter(command: Command, program: Command, args: readonly string[]): readonly string[] {
  let depth = 0;
  for (let it: Command | null = command; it && it !== program; it = it.parent) depth++;
  return args.slice(depth);
}

function nameOf({ long, short }: Option): string {
  return long ?? short ?? "";
}

function show(option: Option): string {
  const value = /<.*>|\[.*\]/.exec(option.flags)?.[0];
  return [nameOf(option), ...(value === undefined ? [] : [value])].join(" ");
}

/** Quotes an argument for the shell if it needs quotes. */
function quote(text: string): string {
  return /^[\w./:@=,+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
