import type { RotatedAdminKey } from "../admin/index.ts";
import type { Clock } from "../base/clock.ts";
import type { Environment } from "../base/environment.ts";
import { adminKeyPrefix, adminKeyRandomChars } from "../base/describe-key.ts";
import { SahabError } from "../base/errors.ts";
import { randomText } from "../base/ids.ts";
import { replaceDurably } from "../base/write-durably.ts";
import { hashKey, rowOfKey, type KeyRow, type Store } from "../ledger/index.ts";
import { readKeyFile, StartError, type DataFolder } from "./data-folder.ts";

/** Where the admin key that is in no store comes from: the environment, or a file that may be replaced while programs use it. */
export type AdminKeyPlace = { key: string } | { file: string };

export function adminKeyPlace({ adminKey }: Pick<Environment, "adminKey">, folder: DataFolder): AdminKeyPlace {
  return adminKey === undefined ? { file: folder.adminKeyFile } : { key: adminKey };
}

/** Throws where the file cannot be read. */
export function readAdminKey(place: AdminKeyPlace): string {
  if ("key" in place) return place.key;
  const key = readKeyFile(place.file);
  if (key === undefined)
    throw new StartError(`There is no file ${place.file}; put it back, or start anew to make a new key`);
  return key;
}

/**
 * Writes a new admin key into its file. The old one becomes a key of the store, which is revoked, or expires after the overlap; so all
 * processes find out about it as about any other key. That comes first: cut at any point, the key in the file is good.
 * Call it once at a time. Throws `conflict` where the key is in no file.
 */
export async function rotateAdminKey(
  deps: { store: Pick<Store, "findKeysByHash" | "insertKey" | "updateKey">; clock: Pick<Clock, "now"> },
  place: AdminKeyPlace,
  overlapMs: number,
): Promise<RotatedAdminKey> {
  if ("key" in place)
    throw new SahabError(
      "conflict",
      "The admin key comes from SAHAB_ADMIN_KEY, so Sahab cannot replace it: create another for the time between (sahab key create NAME --role admin), start with a new SAHAB_ADMIN_KEY, then revoke the other (sahab key revoke NAME)",
    );
  const nowMs = deps.clock.now();
  const expiresMs = nowMs + overlapMs;
  const id = await retire(
    deps.store,
    readPresentKey(place),
    { expiresMs, revokedMs: overlapMs === 0 ? nowMs : null },
    nowMs,
  );
  const key = adminKeyPrefix + randomText(adminKeyRandomChars);
  replaceDurably(place.file, `${key}\n`);
  return { key, old: { id, expiresMs } };
}

function readPresentKey(place: AdminKeyPlace): string {
  try {
    return readAdminKey(place);
  } catch (cause) {
    if (!(cause instanceof StartError)) throw cause;
    throw new SahabError("conflict", `Cannot replace the admin key: ${cause.message}`, { cause });
  }
}

/** A rotation that was cut has put the key into the store before. Returns the key's id there. */
async function retire(
  store: Pick<Store, "findKeysByHash" | "insertKey" | "updateKey">,
  key: string,
  end: Pick<KeyRow, "expiresMs" | "revokedMs">,
  nowMs: number,
): Promise<string> {
  const [known] = await store.findKeysByHash([hashKey(key)]);
  if (known) {
    await store.updateKey(known.id, end);
    return known.id;
  }
  const fields = { name: "admin.key before", project: "default", role: "admin" as const, terms: "{}" };
  const row = { ...rowOfKey(key, { ...fields, expiresMs: end.expiresMs }, nowMs), revokedMs: end.revokedMs };
  await store.insertKey(row);
  return row.id;
}
