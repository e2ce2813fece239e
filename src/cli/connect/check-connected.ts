import { CommandError } from "../command-error.ts";
import type { Client } from "../client.ts";
import type { Manifest } from "./manifest.ts";
import { readModel } from "./model-facts.ts";

/** Whether what was written once still works, as far as the server says. */
export type ConnectedState = "ok" | "not checked" | "key gone" | "key revoked" | "key expired" | "model gone";

/** A list is not to wait long for a server that hangs. */
const waitMs = 3_000;

/** Asks the server for all of them at once. `open` may throw where there is no key for it. */
export async function checkConnected(
  open: () => Client,
  manifests: readonly Manifest[],
): Promise<Map<Manifest, ConnectedState>> {
  const states = new Map<Manifest, ConnectedState>(manifests.map((manifest) => [manifest, "not checked"]));
  if (manifests.length === 0) return states;
  const signal = AbortSignal.timeout(waitMs);
  try {
    const admin = open();
    const here = manifests.filter(({ address }) => address === admin.address);
    if (here.length === 0) return states;
    const { keys } = await admin.json<{ keys: { id: string; status: string }[] }>("/admin/v1/keys", { signal });
    const statuses = new Map(keys.map(({ id, status }) => [id, status]));
    for (const manifest of here) {
      const isThere = (await readModel(admin, manifest.model, signal)) !== undefined;
      states.set(manifest, stateOf(manifest, statuses, isThere));
    }
  } catch (cause) {
    if (!(cause instanceof CommandError) && !signal.aborted) throw cause;
  }
  return states;
}

function stateOf({ key_id: id }: Manifest, statuses: ReadonlyMap<string, string>, hasModel: boolean): ConnectedState {
  if (id !== null) {
    const status = statuses.get(id);
    if (status === undefined) return "key gone";
    if (status === "revoked") return "key revoked";
    if (status === "expired") return "key expired";
  }
  return hasModel ? "ok" : "model gone";
}
