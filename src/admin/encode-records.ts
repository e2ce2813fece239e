import { encodeApiRecord, type ApiRecord, type Scope, type Store, type UsageRecord } from "../ledger/index.ts";
import { namesOfKeys } from "./key-names.ts";

/** A usage record as lists show it. */
export type ShownRecord = ApiRecord & { key_name: string | null };

export async function encodeRecords(
  store: Pick<Store, "findKey" | "listKeys">,
  scope: Scope,
  records: readonly UsageRecord[],
): Promise<ShownRecord[]> {
  const ids = records.map(({ keyId }) => keyId);
  const names = await namesOfKeys(store, scope, ids);
  return records.map((record) => ({ ...encodeApiRecord(record), key_name: names.get(record.keyId) ?? null }));
}
