import type { Clock } from "../base/clock.ts";
import { SahabError } from "../base/errors.ts";
import type { FleetStatus } from "../fleet/index.ts";
import {
  encodeRecords,
  isInScope,
  wholeScope,
  type Scope,
  type ShownRecord,
  type Store,
  type UsageRecord,
} from "../ledger/index.ts";
import { LiveListener } from "./live-listener.ts";

/** Between two looks at the store; longer where these take long, so that it has at least four fifths of its time for others. */
const pollMs = 1_000;
/** Other processes' records reach the store within a second; a crashed one's when it starts again. */
const overlapMs = 10_000;
/** Requests that are told of one look: more than that nobody reads. */
const requestsMax = 50;
const recordsPerLook = 500;
const heartbeatMs = 15_000;
/** Looks between two at the engines. */
const looksPerHealth = 2;
/** Keys and sessions of listeners are looked at before anything is told, and so often where nothing is. */
const recheckMs = 15_000;
const listenersMax = 100;

export interface LiveDeps {
  store: Pick<Store, "listUsage" | "findKey" | "listKeys" | "version">;
  clock: Clock;
  /** Brings the store up to what the journal holds. */
  drain(): Promise<void>;
  engines(): Promise<FleetStatus>;
  /** Replicas that failed a moment ago. */
  resting(): { provider: string; model: string }[];
  /** Aborted when the process is to end. */
  stopping: AbortSignal;
}

/** What happens, for those who look on. Everything that is told of a project stays within each listener's scope. */
export type LiveEvent =
  | { type: "request"; data: ShownRecord }
  /** More requests ended than are told. */
  | { type: "missed"; data: Record<string, never> }
  /** Accounts whose spending moved: `project:NAME`, `key:ID`, `organisation:NAME`. */
  | { type: "budget"; data: { accounts: string[] } }
  /** The configuration or a key is another one. */
  | { type: "changed"; data: { version: number } }
  /** Seen by those who see all projects. */
  | { type: "health"; data: Health };

interface Health {
  store: boolean;
  resting: { provider: string; model: string }[];
  engines: { name: string; state: string }[];
}

/**
 * What is new, told to everybody who listens: one look at the store per second and process while somebody does, and none otherwise.
 */
export class LiveEvents {
  readonly #deps: LiveDeps;
  readonly #listeners = new Set<LiveListener>();
  #isRunning = false;
  /** Once it is known from where on what is new is told. */
  #isReady = false;
  /** Ids of requests that were told, with their ends. */
  readonly #told = new Map<string, number>();
  #startMs = 0;
  #askedMs = 0;
  #version: number | undefined;
  #health = "";

  constructor(deps: LiveDeps) {
    this.#deps = deps;
    deps.stopping.addEventListener("abort", () => this.#closeAll(), { once: true });
  }

  /**
   * A stream of server-sent events that ends with the signal, with the process, when its reader falls behind, or when `recheck` says that the
   * listener is no longer let in. Throws `overloaded`.
   */
  listen(scope: Scope, { signal, recheck }: { signal: AbortSignal; recheck(): unknown }): ReadableStream<Uint8Array> {
    if (this.#listeners.size >= listenersMax)
      throw new SahabError(
        "overloaded",
        `${listenersMax} listeners are connected, which is the limit; try again later`,
        {
          retryAfterS: 30,
        },
      );
    const listener = new LiveListener(scope, { recheck, onClose: () => this.#listeners.delete(listener) });
    if (signal.aborted || this.#deps.stopping.aborted) listener.close();
    else {
      this.#listeners.add(listener);
      signal.addEventListener("abort", () => listener.close(), { once: true });
      if (this.#isReady) this.#greet(listener);
      if (!this.#isRunning) void this.#run();
    }
    return listener.body;
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    this.#isRunning = true;
    const { clock } = this.#deps;
    this.#startMs = this.#askedMs = clock.now();
    this.#told.clear();
    this.#health = "";
    this.#version = await this.#deps.store.version().catch(() => undefined);
    this.#isReady = true;
    for (const listener of this.#listeners) this.#greet(listener);
    let [heartbeat, rechecked] = [clock.monotonic(), clock.monotonic()];
    for (let looks = 0; this.#listeners.size > 0; looks++) {
      const beganMs = clock.monotonic();
      const isStoreUp = await this.#lookAtStore();
      if (looks % looksPerHealth === 0) await this.#lookAtHealth(isStoreUp);
      const nowMs = clock.monotonic();
      if (nowMs - rechecked > recheckMs) {
        rechecked = nowMs;
        void this.#recheck();
      }
      if (nowMs - heartbeat > heartbeatMs) {
        heartbeat = nowMs;
        for (const listener of this.#listeners) listener.beat();
      }
      await Bun.sleep(Math.max(pollMs, 4 * (nowMs - beganMs)));
    }
    this.#isRunning = this.#isReady = false;
  }

  #greet(listener: LiveListener): void {
    listener.send("ready", { now: new Date(this.#deps.clock.now()).toISOString() });
  }

  /** Returns whether the store answers. */
  async #lookAtStore(): Promise<boolean> {
    const { store, clock, drain } = this.#deps;
    try {
      const askedMs = clock.now();
      await drain();
      const sinceMs = this.#askedMs - overlapMs;
      const listing = { limit: recordsPerLook, cursor: undefined, endedSince: Math.max(sinceMs, this.#startMs) };
      const { records, next } = await store.listUsage(wholeScope, listing);
      const fresh = records.filter(({ id }) => !this.#told.has(id)).toReversed();
      for (const record of fresh) this.#told.set(record.id, endOf(record));
      for (const [id, endMs] of this.#told) if (endMs < sinceMs) this.#told.delete(id);
      this.#askedMs = askedMs;
      await this.#tellRequests(fresh, next !== null);
      await this.#lookAtVersion();
      return true;
    } catch {
      // What ended meanwhile is told once the store answers; `health` tells that it does not.
      return false;
    }
  }

  async #tellRequests(fresh: readonly UsageRecord[], isMore: boolean): Promise<void> {
    if (fresh.length === 0) return;
    await this.#recheck();
    const shown = await encodeRecords(this.#deps.store, wholeScope, fresh.slice(-requestsMax));
    for (const data of shown) this.#tell({ type: "request", data }, (scope) => isInScope(scope, data.project));
    if (isMore || fresh.length > requestsMax) this.#tell({ type: "missed", data: {} }, () => true);
    for (const listener of this.#listeners) {
      const accounts = new Set<string>();
      for (const record of fresh) for (const account of accountsOf(record, listener.scope)) accounts.add(account);
      if (accounts.size > 0) listener.send("budget", { accounts: [...accounts] });
    }
  }

  async #lookAtVersion(): Promise<void> {
    const version = await this.#deps.store.version();
    const isChanged = this.#version !== undefined && version !== this.#version;
    this.#version = version;
    if (!isChanged) return;
    await this.#recheck();
    this.#tell({ type: "changed", data: { version } }, () => true);
  }

  async #lookAtHealth(isStoreUp: boolean): Promise<void> {
    const engines = await this.#deps.engines().then(
      ({ engines: all }) => all.map(({ name, state }) => ({ name, state })),
      () => [],
    );
    const data: Health = { store: isStoreUp, resting: this.#deps.resting(), engines };
    const health = JSON.stringify(data);
    if (health === this.#health) return;
    this.#health = health;
    await this.#recheck();
    this.#tell({ type: "health", data }, seesAll);
  }

  #tell({ type, data }: LiveEvent, isSeen: (scope: Scope) => boolean): void {
    const seeing = [...this.#listeners].filter(({ scope }) => isSeen(scope));
    if (seeing.length === 0) return;
    const event = LiveListener.encode(type, data);
    for (const listener of seeing) listener.sendEncoded(event);
  }

  /** Closes those who are no longer let in: a session ends without a change of keys. The store is asked once for all of them. */
  async #recheck(): Promise<void> {
    await Promise.all([...this.#listeners].map((listener) => listener.recheck()));
  }

  #closeAll(): void {
    for (const listener of this.#listeners) listener.close();
  }
}

const seesAll = ({ projects }: Scope) => projects === undefined;

const endOf = ({ time, latencyMs }: UsageRecord) => time + latencyMs;

function accountsOf({ project, keyId, organisation }: UsageRecord, scope: Scope): string[] {
  if (!isInScope(scope, project)) return [];
  const own = [`project:${project}`, `key:${keyId}`];
  return organisation !== "" && seesAll(scope) ? [...own, `organisation:${organisation}`] : own;
}
