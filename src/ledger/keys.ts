import { limitAddresses, type AddressLimit } from "../base/address-limit.ts";
import { keyPrefix, keyRandomChars } from "../base/describe-key.ts";
import { SahabError } from "../base/errors.ts";
import { newId, randomText } from "../base/ids.ts";
import type { Clock } from "../base/clock.ts";
import { limitNames, type NameLimit } from "../base/name-limit.ts";
import type { Refusals } from "../base/refusals.ts";
import { showList } from "../base/show-list.ts";
import { parseKeyBounds, type AccountBounds } from "./account/terms.ts";
import { GroupedLookups } from "./grouped-lookups.ts";
import type { KeyRole, KeyRow, KeyUse, Store } from "./store/index.ts";
import { consoleKeyId } from "./store/key-names.ts";

/** How long a process uses what it knows of a key; a revocation by another process takes effect within this time. */
const knownMs = 10_000;
/** The store is asked at most twenty times a second, whatever keys are sent: this is what wrong ones can cost it. */
const lookupPauseMs = 50;
/** Most keys remembered; beyond it the oldest are forgotten. Those that are not known here stand apart, so that a flood of them pushes no good one out. */
const knownMax = 50_000;
const unknownMax = 50_000;

/** The caller of a request. All requests with a key share one. */
export interface Caller {
  readonly keyId: string;
  readonly project: string;
  readonly role: KeyRole;
  /** The key's name, for people; undefined where nobody gave it one. */
  readonly name?: string;
  /** The models that the key may call, of those of its project; undefined for all of them. */
  readonly models: NameLimit | undefined;
  /** Its own budgets and limits, beside those of its project; undefined where it has none. */
  readonly bounds?: AccountBounds | undefined;
  /** Whom its requests are for, unless they name somebody themselves. */
  readonly user?: string;
}

type NewKey = Pick<KeyRow, "name" | "project" | "expiresMs" | "terms"> &
  Partial<Pick<KeyRow, "role" | "models" | "addresses">>;

/** Makes a key of 160 random bits. Its text is returned once; the row holds a hash. */
export function createKey(fields: NewKey, nowMs: number): { key: string; row: KeyRow } {
  const key = `${keyPrefix}${randomText(keyRandomChars)}`;
  return { key, row: rowOfKey(key, fields, nowMs) };
}

/** The row of a key that exists. */
export function rowOfKey(key: string, fields: NewKey, nowMs: number): KeyRow {
  return {
    role: "user",
    models: null,
    addresses: null,
    ...fields,
    id: newId("key", nowMs),
    hash: hashKey(key),
    // Of a key that somebody thought out, 14 characters could be nearly all.
    prefix: key.slice(0, key.startsWith(keyPrefix) && key.length >= 40 ? 14 : 4),
    createdMs: nowMs,
    revokedMs: null,
    usedMs: null,
    replacedBy: null,
  };
}

export function hashKey(key: string): string {
  // Runs for every request: 0.2 µs this way, 0.45 µs with node:crypto.
  return Bun.CryptoHasher.hash("sha256", key, "hex");
}

interface Known {
  row: KeyRow;
  caller: Caller;
  addresses: AddressLimit | undefined;
  /** Monotonic, as `usedMs` is. */
  untilMs: number;
  /** When it was last let in; undefined where that has been told. */
  usedMs: number | undefined;
}

/** Stands for the admin key that is in no store. */
export const adminKeyId = "admin";
const adminCaller: Caller = { keyId: adminKeyId, name: "admin", project: "default", role: "admin", models: undefined };

/** `user` is the admin's name. */
export function consoleCaller(project: string, user: string): Caller {
  return { keyId: consoleKeyId, name: consoleKeyId, project, role: "user", models: undefined, user };
}

interface KeyRingOptions {
  adminKey: string;
  /** Where keys of role admin are good, whatever their own limit says; undefined for anywhere. */
  adminAddresses?: AddressLimit | undefined;
}

/** Finds the caller behind a key, in memory; a key that is not there is looked up once in the store. */
export class KeyRing {
  readonly #known = new Map<string, Known>();
  /** Hash → until when it is taken for unknown; monotonic. */
  readonly #unknown = new Map<string, number>();
  readonly #lookups: GroupedLookups<KeyRow>;
  readonly #adminAddresses: AddressLimit | undefined;
  readonly #clock: Clock;
  readonly #refusals: Pick<Refusals, "note">;
  /** Last known names by ids: they outlive the keys, so that what was counted keeps its name. */
  readonly #names = new Map<string, string>();
  /** Uses of keys that have been forgotten since: the key's id → when, monotonic. */
  #forgottenUses = new Map<string, number>();
  #adminHash: string;
  #generation = 0;

  constructor(
    deps: { store: Pick<Store, "findKeysByHash">; clock: Clock; refusals: Pick<Refusals, "note"> },
    options: KeyRingOptions,
  ) {
    this.#lookups = new GroupedLookups((hashes) => deps.store.findKeysByHash(hashes), {
      what: "keys",
      pauseMs: lookupPauseMs,
    });
    this.#clock = deps.clock;
    this.#refusals = deps.refusals;
    this.#adminHash = hashKey(options.adminKey);
    this.#adminAddresses = options.adminAddresses;
  }

  /**
   * The caller behind a key that comes from an address, at once where it is known. Throws `missing_api_key`, `invalid_api_key`,
   * `revoked_api_key`, `expired_api_key`, `address_not_allowed`, `store_unavailable` where the store is needed and does not answer, or
   * `overloaded` where too many keys wait for it.
   */
  authenticate(key: string | undefined, address: string): Caller | Promise<Caller> {
    if (key === undefined || key === "") {
      throw new SahabError(
        "missing_api_key",
        "No API key was sent; send one as the header Authorization: Bearer KEY (or x-api-key, x-goog-api-key, api-key)",
      );
    }
    return this.authenticateHash(hashKey(key), address);
  }

  /** The same by the key's hash, for what a key has begun and goes on with it, such as a session. */
  authenticateHash(hash: string, address: string): Caller | Promise<Caller> {
    return hash === this.#adminHash ? this.#asAdmin(address) : this.#authenticateStored(hash, address);
  }

  /** The same for what goes on after its request: a key by its id and hash, which for the admin key that is in no store is not needed. */
  authenticateAgain({ keyId, hash }: { keyId: string; hash: string }, address: string): Caller | Promise<Caller> {
    return keyId === adminKeyId ? this.#asAdmin(address) : this.#authenticateStored(hash, address);
  }

  #asAdmin(address: string): Caller {
    const allowed = this.#adminAddresses;
    if (allowed && !allowed.includes(address))
      throw this.#refuseAddress(adminCaller, "The admin key", address, allowed);
    return adminCaller;
  }

  #authenticateStored(hash: string, address: string): Caller | Promise<Caller> {
    const known = this.#known.get(hash);
    const nowMs = this.#clock.monotonic();
    if (known && known.untilMs > nowMs) return this.#check(known, address, nowMs);
    if (!known && (this.#unknown.get(hash) ?? nowMs) > nowMs) throw unknownKey();
    return this.#lookUp(hash, known, address);
  }

  /** The name of a key that was let in or turned away by this process lately. */
  nameOf(keyId: string): string | undefined {
    return this.#names.get(keyId);
  }

  /** Forgets all keys, so that a change takes effect at once. */
  forget(): void {
    this.#generation++;
    for (const known of this.#known.values()) this.#keepUse(known);
    this.#known.clear();
    this.#unknown.clear();
  }

  /** From now on this is the admin key that is in no store. */
  replaceAdminKey(key: string): void {
    this.#adminHash = hashKey(key);
  }

  /** The keys that were let in since it was last asked, with the last time of each. */
  takeUses(): KeyUse[] {
    for (const known of this.#known.values()) this.#keepUse(known);
    const uses = this.#forgottenUses;
    this.#forgottenUses = new Map();
    const sinceMs = this.#clock.now() - this.#clock.monotonic();
    return [...uses].map(([id, usedMs]) => ({ id, usedMs: Math.round(sinceMs + usedMs) }));
  }

  #keepUse(known: Known): void {
    if (known.usedMs === undefined) return;
    if (this.#forgottenUses.size < knownMax) this.#forgottenUses.set(known.row.id, known.usedMs);
    known.usedMs = undefined;
  }

  async #lookUp(hash: string, stale: Known | undefined, address: string): Promise<Caller> {
    const generation = this.#generation;
    let row: KeyRow | undefined;
    try {
      row = await this.#lookups.find(hash);
    } catch (cause) {
      // A key that was good seconds ago stays good while the store is away; any other cannot be checked.
      if (stale) return this.#check(stale, address, this.#clock.monotonic());
      if (cause instanceof SahabError && cause.code === "overloaded") throw cause;
      throw new SahabError(
        "store_unavailable",
        "The key cannot be checked because the database does not answer; try again shortly",
        { cause, retryAfterS: 1 },
      );
    }
    const nowMs = this.#clock.monotonic();
    const untilMs = nowMs + knownMs;
    const known = row && { ...compile(row), untilMs, usedMs: stale?.usedMs };
    // If keys were forgotten meanwhile, the row may be older than the change that caused it.
    if (generation === this.#generation) this.#remember(hash, known, untilMs);
    if (!known) throw unknownKey();
    return this.#check(known, address, nowMs);
  }

  #remember(hash: string, known: Known | undefined, untilMs: number): void {
    if (known) {
      const { id, name } = known.row;
      if (!this.#names.has(id)) forgetOldest(this.#names, knownMax);
      this.#names.set(id, name);
      forgetOldest(this.#known, knownMax);
      this.#known.set(hash, known);
    } else {
      this.#known.delete(hash);
      forgetOldest(this.#unknown, unknownMax);
      this.#unknown.set(hash, untilMs);
    }
  }

  #check(known: Known, address: string, nowMs: number): Caller {
    const { row, caller, addresses } = known;
    if (row.revokedMs !== null)
      throw new SahabError(
        "revoked_api_key",
        `The API key ${row.prefix}… was revoked at ${new Date(row.revokedMs).toISOString()}`,
      );
    if (row.expiresMs !== null && row.expiresMs <= this.#clock.now()) {
      throw new SahabError(
        "expired_api_key",
        `The API key ${row.prefix}… expired at ${new Date(row.expiresMs).toISOString()}`,
      );
    }
    const owners = caller.role === "admin" ? this.#adminAddresses : undefined;
    if (owners && !owners.includes(address))
      throw this.#refuseAddress(caller, `The API key ${row.prefix}…`, address, owners);
    if (addresses && !addresses.includes(address))
      throw this.#refuseAddress(caller, `The API key ${row.prefix}…`, address, addresses);
    known.usedMs = nowMs;
    return caller;
  }

  /** Only whoever has a good key hears from where it is good. */
  #refuseAddress(caller: Caller, which: string, address: string, allowed: AddressLimit): SahabError {
    this.#refusals.note("key_address", { keyId: caller.keyId, project: caller.project, address });
    const by = allowed === this.#adminAddresses ? " for keys of role admin by SAHAB_ADMIN_ADDRESSES" : "";
    const message = `${which} is not allowed from ${address}; allowed${by}: ${showList(allowed.ranges)}`;
    return new SahabError("address_not_allowed", message);
  }
}

function unknownKey(): SahabError {
  return new SahabError("invalid_api_key", "The API key is not known here");
}

function compile(row: KeyRow): Pick<Known, "row" | "caller" | "addresses"> {
  const { id, name, project, role, models, addresses } = row;
  return {
    row,
    caller: {
      keyId: id,
      name,
      project,
      role,
      models: models === null ? undefined : limitNames(models),
      bounds: parseKeyBounds(row),
    },
    addresses: addresses === null ? undefined : limitAddresses(addresses),
  };
}

/** Makes room for one more. */
function forgetOldest(remembered: Map<string, unknown>, sizeMax: number): void {
  if (remembered.size < sizeMax) return;
  let rest = sizeMax / 10;
  for (const hash of remembered.keys()) {
    if (rest-- <= 0) break;
    remembered.delete(hash);
  }
}
