import type { Client } from "../client.ts";
import { CommandError } from "../command-error.ts";
import type { ClientProgram, Connection } from "../../connect/client-program.ts";
import type { Manifest, Manifests } from "./manifest.ts";
import { revokeKey, type OwnKey } from "./own-key.ts";
import { carryOut, describePlans, planFiles, type FilePlan } from "./plan.ts";
import type { Places } from "../../connect/places.ts";

interface Deps {
  manifests: Manifests;
  places: Places;
  /** Who may revoke keys. */
  admin: Client;
}

/** Whether all files can be changed; a key is made only then. Throws a CommandError. */
export function planWrite({ manifests, places }: Deps, program: ClientProgram, connection: Connection): FilePlan[] {
  if (!program.files) throw new CommandError(describeByHand(program));
  const files = program.files(connection, places);
  return planFiles(manifests, manifests.read(program.name), files, connection.key);
}

export interface Written {
  plans: FilePlan[];
  manifest: Manifest;
  /** What an earlier `--write` had done, which is undone. */
  former: Manifest | undefined;
}

/** Puts the values into a program's settings, in the place of those of an earlier `--write`. */
export function write(
  deps: Deps,
  program: ClientProgram,
  { connection, own }: { connection: Connection; own: OwnKey },
): Written {
  const { manifests } = deps;
  const former = manifests.read(program.name);
  const plans = planWrite(deps, program, connection);
  const manifest: Manifest = {
    client: program.name,
    address: connection.address,
    model: connection.model.name,
    key_id: own.id,
    at: connection.at,
    files: describePlans(manifests, plans),
  };
  // Before the settings: after a crash in between, undoing finds nothing of Sahab's and leaves them as they are.
  manifests.write(manifest);
  try {
    carryOut(plans);
  } catch (cause) {
    if (former) manifests.write(former);
    else manifests.remove(program.name);
    throw cause;
  }
  manifests.dropCopies();
  return { plans, manifest, former };
}

/** The key of an earlier `--write` is in no settings any more. Returns what to warn of. */
export async function revokeFormer(
  admin: Client,
  former: Manifest | undefined,
  { key_id: id }: Manifest,
): Promise<string[]> {
  if (!former || former.key_id === null || former.key_id === id) return [];
  const fault = await revokeOf(admin, former);
  if (fault === undefined) return [];
  return [
    `the key that was used before, ${former.key_id}, is not revoked: ${fault}; run: sahab key revoke ${former.key_id}`,
  ];
}

/** Takes out what `--write` has put in, and revokes its key. */
export async function undo(
  { manifests, admin }: Deps,
  program: ClientProgram,
  isDry: boolean,
): Promise<{ plans: FilePlan[]; manifest: Manifest; fault: string | undefined }> {
  const manifest = manifests.read(program.name);
  const undoneAt = manifests.undoneAt(program.name);
  if (!manifest && undoneAt !== undefined)
    throw new CommandError(`There is nothing to undo: ${program.title} was undone already, at ${undoneAt}`);
  if (!manifest)
    throw new CommandError(`There is nothing to undo: sahab connect ${program.name} --write was not run here`);
  const plans = planFiles(manifests, manifest, [], "");
  if (isDry) return { plans, manifest, fault: undefined };
  carryOut(plans);
  const fault = await revokeOf(admin, manifest);
  // What could not be revoked is tried again with the next undo.
  if (fault === undefined) manifests.removeUndone(program.name, new Date().toISOString());
  else manifests.write({ ...manifest, files: [] });
  manifests.dropCopies();
  return { plans, manifest, fault };
}

async function revokeOf(admin: Client, { address, key_id: id }: Manifest): Promise<string | undefined> {
  if (id === null) return undefined;
  // Another server may know another key by this id.
  return admin.address === address ? revokeKey(admin, id) : `it is a key of ${address}`;
}

function describeByHand({ title, name, environment }: ClientProgram): string {
  const why = environment ? "takes it from variables of the shell" : "is set up in its own windows";
  return `--write cannot set up ${title}, which ${why}; run without it: sahab connect ${name}`;
}
