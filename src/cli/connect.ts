import { InvalidArgumentError, type Command } from "commander";
import { isLoopback } from "../base/address-ranges.ts";
import type { Environment } from "../base/environment.ts";
import { openClient, type Client } from "./client.ts";
import { CommandError } from "./command-error.ts";
import type { ClientProgram, Connection } from "./connect/client-program.ts";
import { linesFor } from "./connect/lines.ts";
import { listClients } from "./connect/list.ts";
import { Manifests } from "./connect/manifest.ts";
import { chooseModel, readModel, readModels, type ModelFacts } from "./connect/model-facts.ts";
import { makeKey, openCaller, revokeKey, type OwnKey } from "./connect/own-key.ts";
import { findPlaces } from "./connect/places.ts";
import { findClient } from "./connect/registry.ts";
import { describeUndone, describeWritten, printLines, type Outcome } from "./connect/tell.ts";
import { planWrite, undo, write } from "./connect/write.ts";
import { findServer } from "./find-server.ts";
import { parseExpiry } from "./parse-span.ts";
import { readInput, readSecret } from "./read-secret.ts";

export interface ConnectOptions {
  model?: string;
  key?: string;
  project: string;
  expires?: string;
  write?: boolean;
  undo?: boolean;
  dryRun?: boolean;
  json?: boolean;
}

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
      const settings = environment();
      const manifests = new Manifests(settings.dataDir);
      const places = findPlaces(process.env);
      if (client === undefined) listClients(places, manifests, options.json === true);
      else if (options.undo) await runUndo(settings, client, options);
      else await connect(settings, client, options);
    });
}

async function connect(settings: Environment, program: ClientProgram, options: ConnectOptions): Promise<void> {
  const { admin, given } = await openClients(settings, options);
  const deps = { manifests: new Manifests(settings.dataDir), places: findPlaces(process.env), admin };
  const caller = given === undefined ? (admin as Client) : openCaller(settings, given);
  const models = await readModels(caller, admin);
  if (options.model !== undefined && !models.some(({ name }) => name === options.model)) {
    const named = await readModel(caller, options.model);
    if (named) models.unshift(named);
  }
  const { model, warnings } = chooseModel(models, options.model, program);
  const { address } = findServer(settings);
  const connectionWith = (key: string, callable: readonly ModelFacts[]): Connection => ({
    address,
    key,
    model,
    models: offeredBeside(model, callable),
  });
  warnings.push(...describeAddress(address, program));

  const sample = connectionWith(given ?? placeholderKey, models);
  if (options.write) {
    const plans = planWrite(deps, program, sample);
    if (options.dryRun) return finish({ program, connection: sample, plans, warnings, isDry: true }, options);
  } else if (options.dryRun) return printAll({ program, connection: sample, warnings, keyId: null }, options);

  const own =
    given === undefined
      ? await makeKey(admin as Client, { program: program.name, ...options, expires: options.expires })
      : givenKey(given);
  warnings.push(...own.warnings);
  try {
    const callable =
      given === undefined ? await readCallable(openCaller(settings, own.key), model, models, options.project) : models;
    const connection = connectionWith(own.key, callable);
    if (!options.write) return printAll({ program, connection, warnings, keyId: own.id }, options);
    const {
      plans,
      warnings: more,
      manifest,
    } = await write(deps, program, { connection, own, at: new Date().toISOString() });
    finish({ program, connection, plans, manifest, warnings: [...warnings, ...more], isDry: false }, options);
  } catch (cause) {
    // Nobody has a key that was made for nothing.
    if (own.id !== null && admin) await revokeKey(admin, own.id);
    throw cause;
  }

  function printAll(outcome: Omit<Outcome, "lines">, { json }: ConnectOptions): void {
    printLines({ ...outcome, lines: linesFor(program, outcome.connection, deps.places) }, deps.places, json === true);
  }
  function finish(outcome: Parameters<typeof describeWritten>[0], { json }: ConnectOptions): void {
    describeWritten(outcome, deps.places, json === true);
  }
}

/** Stands for the key where none is made. */
const placeholderKey = "YOUR-SAHAB-KEY";

/** With a key that is given no admin key is needed; where there is one, more is known of the models. */
async function openClients(
  settings: Environment,
  { key }: ConnectOptions,
): Promise<{ admin: Client | undefined; given: string | undefined }> {
  if (key === undefined) return { admin: openClient(settings), given: undefined };
  const given = (key === "-" ? ((await readSecret("Key: ")) ?? (await readInput())) : key).trim();
  if (!/^[\x21-\x7e]+$/.test(given))
    throw new CommandError("--key: that is not a key; one line of printable ASCII without spaces is allowed");
  const hasAdmin = findServer(settings).key !== undefined;
  return { admin: hasAdmin ? openClient(settings) : undefined, given };
}

const givenKey = (key: string): OwnKey => ({ key, id: null, warnings: [] });

/** Those of the models that a new key may call: its project may have fewer. Throws where the chosen one is not among them. */
async function readCallable(
  caller: Client,
  model: ModelFacts,
  models: readonly ModelFacts[],
  project: string,
): Promise<ModelFacts[]> {
  if (!(await readModel(caller, model.name)))
    throw new CommandError(
      `Project ${project} may not call ${model.name}; name another model (--model) or project (--project)`,
    );
  const { data } = await caller.json<{ data: { id: string }[] }>("/v1/models");
  const names = new Set(data.map(({ id }) => id));
  return models.filter(({ name }) => names.has(name));
}

/** As many as a list to pick from can have. */
const offeredMax = 20;

/** The chosen model first, then others of the configuration that answer chats. */
function offeredBeside(model: ModelFacts, callable: readonly ModelFacts[]): ModelFacts[] {
  const others = callable.filter(({ name, isChat, isDeclared }) => name !== model.name && isChat && isDeclared);
  return [model, ...others].slice(0, offeredMax);
}

function describeAddress(address: string, { title, callsFromElsewhere }: ClientProgram): string[] {
  const { hostname, protocol } = new URL(address);
  if (!callsFromElsewhere || (protocol === "https:" && !isLoopback(hostname.replace(/^\[|\]$/g, "")))) return [];
  return [
    `${title}'s servers call the address, and ${address} is not one that they reach; set SAHAB_URL to a public https address of this server`,
  ];
}

async function runUndo(settings: Environment, program: ClientProgram, { dryRun, json }: ConnectOptions): Promise<void> {
  const admin = findServer(settings).key === undefined ? undefined : openClient(settings);
  const places = findPlaces(process.env);
  const deps = { manifests: new Manifests(settings.dataDir), places, admin };
  const { plans, manifest, fault } = await undo(deps, program, dryRun === true);
  describeUndone({ program, plans, manifest, isDry: dryRun === true }, places, json === true);
  if (fault !== undefined)
    throw new CommandError(
      `The key ${manifest.key_id} is not revoked: ${fault}. Run there: sahab key revoke ${manifest.key_id}`,
    );
}

function parseClient(name: string): ClientProgram {
  try {
    return findClient(name);
  } catch (cause) {
    throw new InvalidArgumentError((cause as Error).message);
  }
}
