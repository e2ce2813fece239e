import type { Client } from "../client.ts";
import { CommandError } from "../command-error.ts";
import type { ClientProgram, Connection } from "./client-program.ts";
import type { Manifest, Manifests } from "./manifest.ts";
import { revokeKey, type OwnKey } from "./own-key.ts";
import { carryOut, describePlans, planFiles, type FilePlan } from "./plan.ts";
import type { Places } from "./places.ts";

interface Deps {
  manifests: Manifests;
  places: Places;
  /** Who may revoke keys; undefined where no admin key is known. */
  admin: Client | undefined;
}

/** Whether all files can be changed; a key is made only then. Throws a CommandError. */
export function planWrite({ manifests, places }: Deps, program: ClientProgram, connection: Connection): FilePlan[] {
  if (!program.files) throw new CommandError(describeByHand(program));
  const files = program.files(connection, places);
  return planFiles(manifests, manifests.read(program.name), files, connection.key);
}

/** Puts the values into a program's settings. What an earlier `--write` has put there goes, its key too. */
export async function write(
  deps: Deps,
  program: ClientProgram,
  { connection, own, at }: { connection: Connection; own: OwnKey; at: string },
): Promise<{ plans: FilePlan[]; manifest: Manifest; warnings: string[] }> {
  const { manifests, admin } = deps;
  const former = manifests.read(program.name);
  const plans = planWrite(deps, program, connection);
  const manifest: Manifest = {
    client: program.name,
    address: connection.address,
    model: connection.model.name,
    key_id: own.id,
    at,
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
  return { plans, manifest, warnings: await revokeFormer(admin, former, manifest) };
}

async function revokeFormer(
  admin: Client | undefined,
  former: Manifest | undefined,
  now: { address: string; key_id: string | null },
): Promise<string[]> {
  if (!former || former.key_id === null || former.key_id === now.key_id) return [];
  const fault =
    admin === undefined || former.address !== now.address
      ? `it is a key of ${former.address}`
      : await revokeKey(admin, former.key_id);
  return fault === undefined
    ? []
    : [
        `the key that was used before, ${former.key_id}, is not revoked: ${fault}. Run there: sahab key revoke ${former.key_id}`,
      ];
}

/** Takes out what `--write` has put in, and revokes its key. */
export async function undo(
  { manifests, admin }: Deps,
  program: ClientProgram,
  isDry: boolean,
): Promise<{ plans: FilePlan[]; manifest: Manifest; fault: string | undefined }> {
  const manifest = manifests.read(program.name);
  if (!manifest)
    throw new CommandError(`There is nothing to undo: sahab connect ${program.name} --write was not run here`);
  const plans = planFiles(manifests, manifest, [], "");
  if (isDry) return { plans, manifest, fault: undefined };
  carryOut(plans);
  const fault = await revokeOf(admin, manifest);
  // What could not be revoked is tried again with the next undo.
  if (fault === undefined) manifests.remove(program.name);
  else manifests.write({ ...manifest, files: [] });
  manifests.dropCopies();
  return { plans, manifest, fault };
}

async function revokeOf(admin: Client | undefined, { address, key_id: id }: Manifest): Promise<string | undefined> {
  if (id === null) return undefined;
  if (admin === undefined || admin.address !== address) return `it is a key of ${address}`;
  return revokeKey(admin, id);
}

function describeByHand({ title, name, environment }: ClientProgram): string {
  const why = environment ? "takes it from variables of the shell" : "is set up in its own windows";
  return `--write cannot set up ${title}, which ${why}; run without it: sahab connect ${name}`;
}
