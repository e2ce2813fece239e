import type { Scope } from "./scope.ts";
import type { KeyRow, Store } from "./store.ts";

/** Stands for the console, in which an admin calls models for a project: no key, so none of a key's bounds. */
export const consoleKeyId = "console";

/** The names of keys by their ids; those that are not there or may not be seen, such as the admin key, have none. */
export async function namesOfKeys(
  store: Pick<Store, "findKey" | "listKeys">,
  scope: Scope,
  ids: Iterable<string>,
): Promise<ReadonlyMap<string, string>> {
  const wanted = new Set(ids);
  const rows: (KeyRow | undefined)[] =
    wanted.size > singlyMax
      ? await store.listKeys(scope)
      : await Promise.all([...wanted].map((id) => store.findKey(scope, id)));
  const names = new Map(rows.flatMap((row) => (row && wanted.has(row.id) ? [[row.id, row.name]] : [])));
  return wanted.has(consoleKeyId) ? names.set(consoleKeyId, consoleKeyId) : names;
}

/** Of more, all keys are read at once. */
const singlyMax = 20;
