import { join } from "node:path";
import type { Environment } from "../base/environment.ts";
import { SahabError } from "../base/errors.ts";
import { forgetOldKey, isChangingMasterKey, replaceMasterKey, type MasterKeyPlace } from "../base/master-key.ts";
import type { Store } from "../ledger/index.ts";
import type { ServerStore } from "./store-location.ts";

/** The keys of the environment, else the file in the data folder. */
export function masterKeyPlace(
  environment: Pick<Environment, "masterKey" | "oldMasterKey">,
  folder: string,
): MasterKeyPlace {
  const { masterKey, oldMasterKey } = environment;
  if (masterKey === undefined) return { file: join(folder, "master.key") };
  return { keys: oldMasterKey === undefined ? [masterKey] : [masterKey, oldMasterKey] };
}

/**
 * Seals everything with a new master key, while requests go on. Cut at any point, the next start ends it (`finishRotation`).
 * Call it once at a time: one that ends would forget the key that another has not sealed anew yet.
 * Returns how many secrets there were. Throws `conflict` where the key is not kept in a file, or other machines need it.
 */
export async function rotateMasterKey(
  store: Pick<Store, "resealSecrets">,
  { masterKey: place, ...location }: ServerStore,
): Promise<number> {
  if ("keys" in place)
    throw new SahabError(
      "conflict",
      "The master key comes from SAHAB_MASTER_KEY, so Sahab cannot replace it: start with the new key there and the present one in SAHAB_MASTER_KEY_OLD; the start seals everything with the new one",
    );
  if (!("path" in location))
    throw new SahabError(
      "conflict",
      "The master key belongs to all machines on this database, so one of them cannot replace it: set the new key as SAHAB_MASTER_KEY and the present one as SAHAB_MASTER_KEY_OLD on each of them, and start them again one after the other; the first start seals everything with the new one",
    );
  if (!isChangingMasterKey(place)) replaceMasterKey(place.file);
  const resealed = await store.resealSecrets();
  forgetOldKey(place.file);
  return resealed;
}

/** Ends a change of the master key that was cut, or that the environment asks for; returns how many secrets were sealed anew. */
export async function finishRotation(store: Pick<Store, "resealSecrets">, place: MasterKeyPlace): Promise<number> {
  if (!isChangingMasterKey(place)) return 0;
  const resealed = await store.resealSecrets();
  if ("file" in place) forgetOldKey(place.file);
  return resealed;
}
