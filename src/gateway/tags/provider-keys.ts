import type { Snapshot } from "../../config/index.ts";

/** The keys of all providers of a configuration, which may stand in no record. */
export function providerKeysOf(snapshot: Snapshot): ReadonlySet<string> {
  let keys = known.get(snapshot);
  if (!keys) {
    keys = new Set([...(snapshot.providers?.values() ?? [])].flatMap(({ secrets }) => secrets.keys));
    known.set(snapshot, keys);
  }
  return keys;
}

/** A snapshot is replaced as soon as a secret is another. */
const known = new WeakMap<Snapshot, ReadonlySet<string>>();
