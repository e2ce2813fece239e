import type { Environment } from "../../base/environment.ts";
import { openClient, type Client } from "../client.ts";
import { CommandError } from "../command-error.ts";
import { describeReadable, findUnreachable } from "./check-address.ts";
import { describeContext, takesModel } from "./check-model.ts";
import type { ClientProgram, Connection } from "../../connect/client-program.ts";
import { linesFor } from "../../connect/lines.ts";
import { listClients } from "./list.ts";
import { Manifests } from "./manifest.ts";
import type { ModelFacts } from "../../connect/model-facts.ts";
import { chooseModel, readModel, readModels } from "./model-facts.ts";
import { asProject, makeKey, openCaller, refuseAdminKey, revokeKey, type OwnKey } from "./own-key.ts";
import { findPlaces } from "../../connect/places.ts";
import { describeRivals } from "./rivals.ts";
import { describeUndone, describeWritten, printLines } from "./tell.ts";
import { writeCommand } from "./write-command.ts";
import { planWrite, revokeFormer, undo, write, type Written } from "./write.ts";
import { findServer } from "../find-server.ts";
import { readInput, readSecret } from "../read-secret.ts";
import type { ConnectOptions } from "./connect-options.ts";

/** Does what `sahab connect` is asked: lists the programs, sets one up or undoes it. */
export async function runConnect(
  settings: Environment,
  program: ClientProgram | undefined,
  options: ConnectOptions,
): Promise<void> {
  if (program === undefined) {
    const manifests = new Manifests(settings.dataDir);
    const open = () => openClient(settings);
    await listClients(findPlaces(process.env), manifests, { open, asJson: options.json === true });
  } else if (options.undo) await runUndo(settings, program, options);
  else await connect(settings, program, options);
}

async function connect(settings: Environment, program: ClientProgram, options: ConnectOptions): Promise<void> {
  const isJson = options.json === true;
  const { admin, given } = await openClients(settings, options);
  const deps = { manifests: new Manifests(settings.dataDir), places: findPlaces(process.env), admin };
  if (given !== undefined) await refuseAdminKey(settings, given);
  const { address } = findServer(settings);
  const unreachable = findUnreachable(address, program);
  // No key is made that cannot be used.
  if (unreachable !== undefined && given === undefined && !options.dryRun) throw new CommandError(unreachable);
  const caller = given === undefined ? admin : openCaller(settings, given);
  const models = await findModels(caller, admin, options.model);
  const { title, isAgent } = program;
  const takes = { title, isAgent, takesModel: takesModel(program, deps.places) };
  const { model, warnings } = chooseModel(models, options.model, takes);
  if (unreachable !== undefined) warnings.push(unreachable);
  warnings.push(...describeReadable(address, program));
  const hasAliases = await findAliases(caller, program);
  const connectionWith = (key: string, callable: readonly ModelFacts[]): Connection => ({
    address,
    key,
    model,
    at: new Date().toISOString(),
    models: offeredBeside(model, callable),
  });
  const printAll = (connection: Connection, keyId: string | null) => {
    const lines = linesFor(program, connection, deps.places);
    const again = writeCommand(program.name, options);
    printLines({ program, connection, lines, warnings, keyId, hasAliases, writeCommand: again }, deps.places, isJson);
  };

  // Before a key is made for it.
  const sample = connectionWith(given ?? placeholderKey, models);
  warnings.push(...describeContext(program, sample, deps.places), ...describeRivals(program, deps.places));
  const planned = options.write ? planWrite(deps, program, sample) : [];
  if (options.dryRun) {
    const told = { program, connection: sample, plans: planned, warnings, hasAliases };
    if (options.write) describeWritten(told, deps.places, isJson);
    else printAll(sample, null);
    return;
  }

  const own = await (given === undefined ? makeKey(admin, { program: program.name, ...options }) : givenKey(given));
  warnings.push(...own.warnings);
  let connection: Connection;
  let written: Written | undefined;
  try {
    const isNew = own.id !== null;
    const callable = isNew
      ? await readCallable(asProject(admin, options.project), model, models, options.project)
      : models;
    connection = connectionWith(own.key, callable);
    if (options.write) written = write(deps, program, { connection, own });
  } catch (cause) {
    // No key stays that nothing has.
    if (own.id !== null) await revokeKey(admin, own.id);
    throw cause;
  }
  if (!written) {
    printAll(connection, own.id);
    return;
  }
  const { plans, manifest, former } = written;
  warnings.push(...(await revokeFormer(admin, former, manifest)));
  describeWritten({ program, connection, plans, manifest, warnings, hasAliases }, deps.places, isJson);
}

/** Those of the server, and the one that is asked for, which an alias with a * may lead to. */
async function findModels(caller: Client, admin: Client, wanted: string | undefined): Promise<ModelFacts[]> {
  const models = await readModels(caller, admin);
  if (wanted === undefined || models.some(({ name }) => name === wanted)) return models;
  const named = await readModel(caller, wanted);
  return named ? [named, ...models] : models;
}

/** Whether the server knows the names that a program's parts ask for by themselves; no model of a vendor's has such a name. */
async function findAliases(caller: Client, { aliases }: ClientProgram): Promise<boolean> {
  const found = await Promise.all(
    (aliases?.names ?? []).map((name) => readModel(caller, name.replace("*", "of-no-vendor"))),
  );
  return found.every((model) => model !== undefined);
}

/** Stands for the key where none is made. */
const placeholderKey = "YOUR-SAHAB-KEY";

/** With a key that is given no admin key is needed; where there is one, more is known of the models. */
async function openClients(
  settings: Environment,
  { key }: ConnectOptions,
): Promise<{ admin: Client; given: string | undefined }> {
  const admin = openClient(settings);
  if (key === undefined) return { admin, given: undefined };
  const given = (key === "-" ? ((await readSecret("Key: ")) ?? (await readInput())) : key).trim();
  if (/^[\x21-\x7e]+$/.test(given)) return { admin, given };
  throw new CommandError("--key: that is not a key; one line of printable ASCII without spaces is allowed");
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

async function runUndo(settings: Environment, program: ClientProgram, { dryRun, json }: ConnectOptions): Promise<void> {
  const places = findPlaces(process.env);
  const deps = { manifests: new Manifests(settings.dataDir), places, admin: openClient(settings) };
  const { plans, manifest, fault } = await undo(deps, program, dryRun === true);
  const isRevoked = !dryRun && manifest.key_id !== null && fault === undefined;
  describeUndone({ program, plans, manifest, isDry: dryRun === true, isRevoked }, places, json === true);
  if (fault !== undefined)
    throw new CommandError(
      `The key ${manifest.key_id} is not revoked: ${fault}. Run there: sahab key revoke ${manifest.key_id}`,
    );
}
