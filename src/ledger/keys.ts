import { SahabError } from "../base/errors.ts";
import { newId, randomText } from "../base/ids.ts";
import type { Clock } from "../base/clock.ts";
import type { KeyRow, Store } from "./store/index.ts";

/** How long a process uses what it knows of a key; a revocation by another process takes effect within this time. */
const knownMs = 10_000;
/** Most keys remembered, known and unknown ones; beyond it the oldest are forgotten. */
const rememberedMax = 50_000;

/** The caller of a request. */
export interface Caller {
  keyId: string;
  project: string;
  admin: boolean;
}

/** Makes a key of 160 random bits. Its text is returned once; the row holds a hash. */
export function createKey(
  fields: Pick<KeyRow, "name" | "project" | "expiresMs" | "terms">,
  nowMs: number,
): { key: string; row: KeyRow } {
  const key = `sk-sahab-${randomText(32)}`;
  return {
    key,
    row: {
      ...fields,
      id: newId("key", nowMs),
      hash: hashKey(key),
      prefix: key.slice(0, 14),
      createdMs: nowMs,
      revokedMs: null,
    },
  };
}

function hashKey(key: string): string {
  // Runs for every request: 0.2 µs this way, 0.45 µs with node:crypto.
  return Bun.CryptoHasher.hash("sha256", key, "hex");
}

interface Known {
  row: KeyRow | undefined;
  /** Monotonic. */
  untilMs: number;
}

/** Finds the caller behind a key, in memory; a key that is not there is looked up once in the store. */
export class KeyRing {
  readonly #known = new Map<string, Known>();
  readonly #store: Pick<Store, "findKeyByHash">;
  readonly #adminHash: string;
  readonly #clock: Clock;
  #generation = 0;

  constructor(deps: { store: Pick<Store, "findKeyByHash">; clock: Clock }, options: { adminKey: string }) {
    this.#store = deps.store;
    this.#clock = deps.clock;
    this.#adminHash = hashKey(options.adminKey);
  }

  /**
   * The caller behind a key, at once where it is known. Throws `missing_api_key`, `invalid_api_key`, `revoked_api_key`,
   * `expired_api_key`, or `store_unavailable` where the store is needed and does not answer.
   */
  authenticate(key: string | undefined): Caller | Promise<Caller> {
    if (key === undefined || key === "") {
      throw new SahabError(
        "missing_api_key",
        "No API key was sent; send one as the header Authorization: Bearer KEY (or x-api-key, x-goog-api-key, api-key)",
      );
    }
    const hash = hashKey(key);
    if (hash === this.#adminHash) return { keyId: "admin", project: "default", admin: true };
    const known = this.#known.get(hash);
    if (known && known.untilMs > this.#clock.monotonic()) return this.#check(known.row);
    return this.#lookUp(hash, known);
  }

  /** Forgets all keys, so that a change takes effect at once. */
  forget(): void {
    this.#generation++;
    this.#known.clear();
  }

  async #lookUp(hash: string, stale: Known | undefined): Promise<Caller> {
    const generation = this.#generation;
    let row: KeyRow | undefined;
    try {
      row = await this.#store.findKeyByHash(hash);
    } catch (cause) {
      // A key that was good seconds ago stays good while the store is away; any other cannot be checked.
      if (stale?.row) return this.#check(stale.row);
      throw new SahabError(
        "store_unavailable",
        "The key cannot be checked because the database does not answer; try again shortly",
        { cause, retryAfterS: 1 },
      );
    }
    if (this.#known.size >= rememberedMax) this.#forgetOldest();
    // If keys were forgotten meanwhile, the row may be older than the change that caused it.
    if (generation === this.#generation) this.#known.set(hash, { row, untilMs: this.#clock.monotonic() + knownMs });
    return this.#check(row);
  }

  #check(row: KeyRow | undefined): Caller {
    if (row === undefined)
      throw new SahabError("invalid_api_key", "The API key is not known here; create one with: sahab key create");
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
    return { keyId: row.id, project: row.project, admin: false };
  }

  #forgetOldest(): void {
    let rest = rememberedMax / 10;
    for (const hash of this.#known.keys()) {
      if (rest-- <= 0) break;
      this.#known.delete(hash);
    }
  }
}
