import { SahabError } from "../base/errors.ts";
import { askSimilar } from "../base/find-similar.ts";
import { describeNoSuch, isKeysText, namedByItsText } from "../base/no-such.ts";
import { showText } from "../base/printable.ts";
import { showList } from "../base/show-list.ts";
import { organisationAccounts, projectAccounts, type CloudConfig } from "../config/index.ts";
import { isInScope, parseKeyBounds, type KeyRow, type Scope, type Store } from "../ledger/index.ts";
import type { AccountOwner } from "./account-views.ts";
import { keyStatusOf } from "./encode.ts";
import { keysMeant } from "./keys-meant.ts";

/** Names an account: one of the three. */
export interface AccountName {
  project?: string | undefined;
  key?: string | undefined;
  organisation?: string | undefined;
}

/** An account with its place among the others. */
export interface FoundAccount extends AccountOwner {
  project: string;
  keyId: string;
}

/** Throws `invalid_request` where not one account is named, and `not_found`, also for what may not be seen. */
export async function findAccount(
  store: Pick<Store, "findKey" | "listKeys">,
  scope: Scope,
  config: CloudConfig,
  name: AccountName,
  nowMs: number,
): Promise<FoundAccount> {
  const named = Object.values(name).filter((value) => value !== undefined).length;
  if (named !== 1)
    throw new SahabError("invalid_request", `Expected one of project, key and organisation; found ${named || "none"}`);
  if (name.organisation !== undefined) {
    const isSeen = scope.projects === undefined;
    const accounts = isSeen ? organisationAccounts(config, name.organisation) : undefined;
    if (!accounts) throw noSuch("organisation", name.organisation, isSeen ? (config.organisations ?? []) : []);
    return { account: `organisation:${name.organisation}`, accounts, project: "", keyId: "" };
  }
  const key = name.key === undefined ? undefined : await findKeyMeant(store, scope, name.key, nowMs);
  const project = key?.project ?? name.project ?? "";
  const accounts = isInScope(scope, project) ? projectAccounts(config).get(project) : undefined;
  const seen = config.projects.filter(({ name }) => isInScope(scope, name));
  if (!accounts) throw noSuch("project", project, seen);
  if (key) return ownerOfKey(key, accounts);
  return { account: `project:${project}`, accounts, project, keyId: "" };
}

/** The account of a key in its project. */
export function ownerOfKey(key: KeyRow, accounts: FoundAccount["accounts"]): FoundAccount {
  return { account: `key:${key.id}`, accounts, bounds: parseKeyBounds(key), project: key.project, keyId: key.id };
}

/**
 * The key of an id, or of a name that one key has, or one alone of those that are good now. A rotated key and the one that takes its
 * place have the same name: while both are good it means the new one. Throws `not_found`, and `invalid_request` where several have it.
 */
export async function findKeyMeant(
  store: Pick<Store, "findKey" | "listKeys">,
  scope: Scope,
  text: string,
  nowMs: number,
): Promise<KeyRow> {
  const known = await store.findKey(scope, text);
  if (known) return known;
  const keys = await store.listKeys(scope);
  const meant = keysMeant(text, keys);
  const found = keys.filter(({ id }) => meant.includes(id));
  const good = found.filter((key) => keyStatusOf(key, nowMs) === "active");
  const active = good.filter((key) => !isReplaced(key, good, keys));
  const [only] = active.length === 1 ? active : found;
  if (!only) throw noSuchKey(text, keys);
  if (found.length > 1 && active.length !== 1)
    throw new SahabError(
      "invalid_request",
      `key: ${found.length} keys have the name ${showText(text)}; name one by its id: ${showList(
        found.map((key) => describeKey(key, nowMs)),
      )}`,
      { param: "key" },
    );
  return only;
}

/** Whether one of those that are good came in the key's place, by one rotation or several. */
function isReplaced({ id, replacedBy }: KeyRow, good: readonly KeyRow[], all: readonly KeyRow[]): boolean {
  let next = replacedBy;
  while (next !== null && next !== id) {
    if (good.some((key) => key.id === next)) return true;
    next = all.find((key) => key.id === next)?.replacedBy ?? null;
  }
  return false;
}

function describeKey(key: KeyRow, nowMs: number): string {
  return `${key.id} (${keyStatusOf(key, nowMs)}, project ${key.project})`;
}

/** There may be very many keys, so they are not listed. */
export function noSuchKey(text: string, keys: readonly { name: string }[] = []): SahabError {
  if (isKeysText(text)) return new SahabError("not_found", namedByItsText);
  const similar = askSimilar(
    text,
    keys.map(({ name }) => name),
  );
  return new SahabError("not_found", `There is no key ${showText(text)}${similar}; list them with: sahab key list`);
}

function noSuch(kind: string, name: string, all: readonly { name: string }[]): SahabError {
  const names = all.map((item) => item.name);
  return new SahabError("not_found", describeNoSuch(kind, name, names));
}
