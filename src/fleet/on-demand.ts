import { SahabError, toSahabError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Door, Engine } from "../engine/index.ts";
import { MemoryBudget, type Decision } from "./memory-budget.ts";
import { tooLarge, type ModelEstimate } from "./model-memory.ts";

/** For how long a request waits for a model to be loaded: at two loads a minute its turn may come after 40 s, and models before it take theirs. */
const waitMs = 120_000;
/** How often engines are asked how they are used; a request tells nobody of itself. */
const lookMs = 1_000;
const lookMsSoon = 250;

interface Member {
  /** Unique: a model that is replaced has an engine that ends and one that begins. */
  readonly key: string;
  readonly name: string;
  readonly engine: Engine;
  readonly estimate: () => Promise<ModelEstimate>;
  keepAliveMs: number;
  /** Undefined until its file has been read. */
  needs: ModelEstimate | undefined;
  isEstimating: boolean;
  /** What it may keep of conversations is what was reserved for that. */
  isBounded: boolean;
  waiting: { users: number; background: number };
}

/** What `sahab ps` says about a model that is loaded when it is asked for. */
export interface ModelMemory {
  state: "loaded" | "loading" | "sleeping" | "waiting" | "leaving" | "failed";
  /** What its process holds now. */
  residentBytes: number;
  /** What of the budget it takes now. */
  reservedBytes: number;
  /** What a load reserves; null until its file could be read. */
  estimatedBytes: number | null;
  /** Requests that wait for it to be loaded. */
  waiting: number;
  lastUsedAt: string | null;
  sleepsAt: string | null;
  loadsLastMinute: number;
}

export interface MemoryStatus {
  /** Null where none is set, and models sleep by their keep_alive alone. */
  budgetBytes: number | null;
  reservedBytes: number;
  freeBytes: number | null;
}

/** Loads models that are asked for and lets idle ones sleep: carries out what a MemoryBudget decides. */
export class OnDemand {
  readonly #log: Log;
  readonly #door: () => Door;
  readonly #budget = new MemoryBudget(Infinity);
  readonly #members = new Map<string, Member>();
  readonly #byName = new Map<string, Member>();
  #nextKey = 1;
  #timer: Timer | undefined;
  #loads = 0;
  #isStopped = false;

  constructor(deps: { log: Log; door: () => Door }) {
    this.#log = deps.log;
    this.#door = deps.door;
  }

  /** Infinity for none. */
  setBudget(bytes: number): void {
    this.#budget.budgetBytes = bytes;
    this.#turn();
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** A model that sleeps, or whose engine runs already. */
  add(name: string, engine: Engine, how: { keepAliveMs: number; estimate: () => Promise<ModelEstimate> }): void {
    engine.keepsRunning = false;
    const member: Member = {
      key: `${name}\n${this.#nextKey++}`,
      name,
      engine,
      ...how,
      needs: undefined,
      isEstimating: false,
      isBounded: false,
      waiting: this.#door().waitingFor(name),
    };
    this.#members.set(member.key, member);
    this.#byName.set(name, member);
    void this.#estimate(member);
    this.#schedule();
  }

  setKeepAlive(name: string, keepAliveMs: number): void {
    const member = this.#byName.get(name);
    if (!member) return;
    member.keepAliveMs = keepAliveMs;
    if (member.needs) this.#budget.set(member.key, { estimateBytes: member.needs.bytes, keepAliveMs });
    this.#turn();
  }

  /** It is no longer configured. `ended` resolves when its engine has; until then its memory counts. */
  retire(name: string, ended: Promise<unknown>): void {
    const member = this.#byName.get(name);
    if (!member) return;
    this.#byName.delete(name);
    if (member.needs) this.#budget.retire(member.key);
    void ended.finally(() => {
      this.#members.delete(member.key);
      this.#budget.remove(member.key);
      this.#turn();
    });
  }

  /** To be called after each change of an engine's state. */
  changed(engine: Engine): void {
    for (const member of this.#members.values()) {
      if (member.engine !== engine || !member.needs || !this.#isCurrent(member)) continue;
      const { key, name } = member;
      const nowMs = performance.now();
      const { place } = this.#budget.viewOf(key, nowMs);
      if (engine.state === "ready" && place === "loading") this.#becameReady(member, nowMs);
      else if (engine.state === "stored" && place !== "sleeping")
        this.#budget.ended(key, { failed: place === "loading" });
      else if (engine.state === "failed") {
        // It is not tried again until it is changed.
        this.#budget.remove(key);
        member.needs = undefined;
        this.#door().refuse(name, cannotRun(name));
      }
      // The engine is in the middle of its change.
      queueMicrotask(() => this.#turn());
    }
  }

  /** So many requests of all processes wait for the model. Returns for how long they may. */
  wanted(name: string, waiting: { users: number; background: number }): number {
    const member = this.#byName.get(name);
    if (!member) throw new SahabError("engine_unavailable", `Model ${name} does not run on this machine`);
    member.waiting = waiting;
    const isWanted = waiting.users + waiting.background > 0;
    if (isWanted && member.engine.state === "failed") throw cannotRun(name);
    if (!member.needs) {
      if (isWanted) void this.#estimate(member);
      return waitMs;
    }
    if (isWanted && member.engine.state === "ready") this.#door().ready(name);
    this.#budget.wanted(member.key, waiting, performance.now());
    this.#turn();
    return waitMs;
  }

  /** Loads a model that nobody asks for; it sleeps when it has been idle for as long as it may. Where there is no room yet, it waits for it. */
  wake(name: string): void {
    const member = this.#byName.get(name);
    if (member?.engine.state === "failed") throw cannotRun(name);
    if (!member?.needs) throw new SahabError("conflict", `Model ${name} cannot be loaded now: its file is being read`);
    this.#budget.wanted(member.key, { users: 1, background: 0 }, performance.now());
    this.#turn();
  }

  /** Lets a loaded model sleep. Rejects with `conflict` where it answers somebody. */
  async rest(name: string): Promise<void> {
    const member = this.#byName.get(name);
    if (!member?.needs || member.engine.state !== "ready") return;
    if (this.#budget.viewOf(member.key, performance.now()).place !== "loaded") return;
    this.#budget.leaves(member.key);
    if (!(await this.#letSleep(member, true)))
      throw new SahabError("conflict", `Model ${name} is answering requests; it can sleep when they have ended`);
  }

  viewOf(name: string): ModelMemory | undefined {
    const member = this.#byName.get(name);
    if (!member) return undefined;
    const nowMs = performance.now();
    const view = !member.needs ? undefined : this.#budget.viewOf(member.key, nowMs);
    const toDate = (ms: number | undefined) =>
      ms === undefined ? null : new Date(Math.round(Date.now() + ms - nowMs)).toISOString();
    const waiting = member.waiting.users + member.waiting.background;
    const isWaiting = (view?.place ?? "sleeping") === "sleeping" && waiting > 0;
    return {
      state: member.engine.state === "failed" ? "failed" : isWaiting ? "waiting" : (view?.place ?? "sleeping"),
      residentBytes: member.engine.residentBytes,
      reservedBytes: view?.heldBytes ?? 0,
      estimatedBytes: view?.estimateBytes ?? null,
      waiting,
      lastUsedAt: toDate(view?.lastUsedMs),
      sleepsAt: toDate(view?.sleepsAtMs),
      loadsLastMinute: view?.loadsLately ?? 0,
    };
  }

  /** Null where every model runs always. */
  view(): MemoryStatus | null {
    const { budgetBytes, heldBytes, freeBytes } = this.#budget.view();
    if (this.#members.size === 0 && budgetBytes === Infinity) return null;
    const isBound = budgetBytes !== Infinity;
    return {
      budgetBytes: isBound ? budgetBytes : null,
      reservedBytes: heldBytes,
      freeBytes: isBound ? freeBytes : null,
    };
  }

  /** Loads that have begun since the start of the program. */
  get loads(): number {
    return this.#loads;
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #isCurrent({ key, name }: Member): boolean {
    return this.#byName.get(name)?.key === key;
  }

  #becameReady({ key, name, engine, waiting }: Member, nowMs: number): void {
    this.#budget.loaded(key, { heldBytes: engine.residentBytes, loadMs: engine.loadMs ?? 0 }, nowMs);
    // One that was loaded by hand is wanted by nobody.
    this.#budget.wanted(key, waiting, nowMs);
    this.#door().ready(name);
  }

  async #estimate(member: Member): Promise<void> {
    if (member.isEstimating || member.engine.state === "failed") return;
    member.isEstimating = true;
    const { key, name, engine } = member;
    try {
      const needs = await member.estimate();
      if (!this.#isCurrent(member) || this.#isStopped) return;
      member.needs = needs;
      const nowMs = performance.now();
      this.#budget.set(key, { estimateBytes: needs.bytes, keepAliveMs: member.keepAliveMs });
      if (engine.state === "loading" || engine.state === "ready") this.#budget.adopt(key, nowMs);
      if (engine.state === "ready") this.#becameReady(member, nowMs);
      this.#budget.wanted(key, member.waiting, nowMs);
      this.#turn();
    } catch (thrown) {
      this.#log.error({ engine: name, reason: toSahabError(thrown).message }, "the model's file cannot be read");
      // It names no path, because callers see it.
      this.#door().refuse(name, cannotRun(name));
    } finally {
      member.isEstimating = false;
    }
  }

  #turn(): void {
    if (this.#isStopped) return;
    for (const member of this.#members.values()) this.#bind(member);
    for (const decision of this.#budget.decide(performance.now())) {
      const member = this.#members.get(decision.name);
      if (member) this.#carryOut(decision, member);
    }
  }

  /** One that was loaded before there was a budget may keep more of conversations than is reserved: it ends, unharmed, and is loaded when it is asked for. */
  #bind(member: Member): void {
    const { key, engine, needs, isBounded } = member;
    if (isBounded || this.#budget.budgetBytes === Infinity || !needs || !this.#isCurrent(member)) return;
    if (engine.state !== "ready" || this.#budget.viewOf(key, performance.now()).place !== "loaded") return;
    member.isBounded = true;
    this.#budget.leaves(key);
    void this.#letSleep(member, false);
  }

  #carryOut(decision: Decision, member: Member): void {
    const { key, name, engine } = member;
    if (decision.type === "refuse") {
      this.#budget.wanted(key, { users: 0, background: 0 }, performance.now());
      this.#door().refuse(name, this.#refusalOf(decision.why, member));
    } else if (decision.type === "load") {
      this.#loads++;
      this.#log.info(
        { engine: name, waiting: member.waiting.users + member.waiting.background },
        "the model is loaded",
      );
      // Without a budget it may take what an engine that runs always may.
      member.isBounded = this.#budget.budgetBytes !== Infinity;
      engine.promptCacheBytesMax = member.isBounded ? member.needs?.promptCacheBytes : undefined;
      engine.start();
    } else {
      this.#log.info({ engine: name, isInUse: !decision.isGentle }, "the model is to sleep");
      void this.#letSleep(member, decision.isGentle);
    }
  }

  /** Resolves with whether it goes to sleep. */
  async #letSleep(member: Member, isGentle: boolean): Promise<boolean> {
    const { key, engine } = member;
    const isAsleep = await engine.sleep({ isGentle });
    if (!isAsleep && engine.state === "ready" && this.#isCurrent(member))
      this.#budget.unloadRefused(key, performance.now());
    return isAsleep;
  }

  #refusalOf(why: "too-large" | "failed", { name, needs, key, engine }: Member): SahabError {
    if (why === "too-large") {
      const { budgetBytes, pinnedBytes } = this.#budget.roomOf(key);
      return tooLarge(name, needs?.bytes ?? 0, { budgetBytes, pinnedBytes });
    }
    return new SahabError(
      "engine_unavailable",
      `Model ${name} could not be loaded: ${engine.lastError ?? "its process ended"}`,
      { retryAfterS: 5 },
    );
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#isStopped) return;
    const isSoon = [...this.#members.values()].some(
      ({ keepAliveMs, waiting }) => keepAliveMs < 2 * lookMs || waiting.users + waiting.background > 0,
    );
    this.#timer = setTimeout(
      () => {
        void this.#look().finally(() => {
          this.#timer = undefined;
          this.#turn();
          if (this.#members.size > 0) this.#schedule();
        });
      },
      isSoon ? lookMsSoon : lookMs,
    );
  }

  async #look(): Promise<void> {
    await Promise.all(
      [...this.#members.values()].map(async (member) => {
        if (member.engine.state !== "ready" || !member.needs || !this.#isCurrent(member)) return;
        const live = await member.engine.live();
        if (!live || member.engine.state !== "ready" || !this.#isCurrent(member)) return;
        const { open, openOfUsers, idleMs, userIdleMs, requests, promptCacheBytes } = live;
        // What is kept of conversations is in memory files, which are not counted as the process's own.
        const heldBytes = member.engine.residentBytes + promptCacheBytes;
        this.#budget.used(
          member.key,
          { open, openOfUsers, idleMs, userIdleMs, requests, heldBytes },
          performance.now(),
        );
      }),
    );
  }
}

function cannotRun(name: string): SahabError {
  return new SahabError(
    "engine_unavailable",
    `Model ${name} cannot run: it could not be loaded; the log and \`sahab ps\` give the reason`,
  );
}
