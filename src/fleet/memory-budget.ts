import { must } from "../base/assert.ts";
import { chooseVictims, type Candidate } from "./choose-victims.ts";

/** Rules that are the same for all models. Times are in milliseconds. */
export interface BudgetRules {
  /** A model stays at least so long after it was loaded, whatever others want. */
  stayMs: number;
  /** After so long a model that waits for room no longer waits until another is idle: that one takes no new requests and leaves after its last answer. */
  patienceMs: number;
  /** Loads of one model that may begin within the window. */
  loadsMax: number;
  loadsWindowMs: number;
  /** What nobody waits for may push out a model that no user has asked for so long. */
  userIdleMs: number;
  /** A model that keeps being asked for with pauses up to this long keeps its place among those that wait. */
  placeKeptMs: number;
  /** Loads in a row that may fail before those who wait are told. */
  failuresMax: number;
}

export const budgetRules: BudgetRules = {
  stayMs: 20_000,
  patienceMs: 10_000,
  loadsMax: 2,
  loadsWindowMs: 60_000,
  userIdleMs: 60_000,
  placeKeptMs: 30_000,
  failuresMax: 2,
};

export interface ModelNeeds {
  /** What a load reserves, in bytes. */
  estimateBytes: number;
  /** Idle for so long, it sleeps; Infinity: it is loaded always, and never pushed out. */
  keepAliveMs: number;
}

/** How a loaded model is used, as its engine last said. */
export interface ModelUse {
  /** Requests under way or waiting in the engine. */
  open: number;
  /** Those of them that somebody waits for. */
  openOfUsers: number;
  /** Since the last request ended, of any kind and of users; 0 while there is one. */
  idleMs: number;
  userIdleMs: number;
  /** Requests since it was loaded. */
  requests: number;
  /** What it holds, as the system counts it. */
  heldBytes: number;
}

export type Place = "sleeping" | "loading" | "loaded" | "leaving";

export type Decision =
  | { type: "load"; name: string }
  /** `isGentle`: only if it is idle still; else it takes no new requests and ends after its last answer. */
  | { type: "unload"; name: string; isGentle: boolean }
  /** Its requests are told that it cannot be loaded. */
  | { type: "refuse"; name: string; why: "too-large" | "failed" };

interface Model extends ModelNeeds {
  place: Place;
  /** Reserved, or measured where that is more; 0 while it sleeps. */
  heldBytes: number;
  /** The most that it was ever measured to hold. */
  peakBytes: number;
  loadedAtMs: number;
  lastUsedMs: number;
  lastUsedByUsersMs: number;
  open: number;
  openOfUsers: number;
  requests: number;
  /** Requests, each counting half after `rateHalfLifeMs`. */
  rate: number;
  rateAtMs: number;
  /** How long its last load took; guessed from its size before. */
  loadMs: number;
  /** When loads began, within the window. */
  loadsMs: number[];
  failures: number;
  waiting: number;
  waitingUsers: number;
  /** Its place among those that wait. */
  sinceMs: number;
  lastWantedMs: number;
}

const rateHalfLifeMs = 10 * 60_000;
/** Before a load was measured: a slow disk and the tuning. */
const loadBytesPerMs = 200_000;

/**
 * Which local models are loaded, so that together they never hold more than the budget. Pure: it is told what happens and what
 * time it is, and says what is to be done; whoever asks does that, and tells how it went.
 *
 * A model is sleeping, then loading (its estimate is reserved), loaded, leaving, and sleeping again. Those that are wanted get
 * room in the order in which they began to wait, users' before what runs in the background. Room is made by the models that are worth least
 * (choose-victims.ts), after their stay, and only by idle ones until patience ends.
 */
export class MemoryBudget {
  readonly #rules: BudgetRules;
  readonly #models = new Map<string, Model>();
  /** Infinity: only `keepAliveMs` lets models sleep. */
  budgetBytes: number;

  constructor(budgetBytes: number, rules: BudgetRules = budgetRules) {
    this.budgetBytes = budgetBytes;
    this.#rules = rules;
  }

  /** Adds a model that sleeps, or changes what it needs. */
  set(name: string, needs: ModelNeeds): void {
    const model = this.#models.get(name);
    if (model) Object.assign(model, needs);
    else this.#models.set(name, newModel(needs));
  }

  /** It is no longer configured; what it holds counts until `remove`. */
  retire(name: string): void {
    const model = this.#model(name);
    if (model.place === "sleeping") this.#models.delete(name);
    else Object.assign(model, { place: "leaving", waiting: 0, waitingUsers: 0, keepAliveMs: 0 });
  }

  /** To be called when its process has ended. */
  remove(name: string): void {
    this.#models.delete(name);
  }

  /** A model runs that was started under other rules. */
  adopt(name: string, nowMs: number): void {
    const model = this.#model(name);
    model.place = "loading";
    model.heldBytes = needOf(model);
    model.lastUsedMs = model.lastUsedByUsersMs = nowMs;
  }

  /** It is to end for another reason than room: `decide` does not say so. */
  leaves(name: string): void {
    this.#model(name).place = "leaving";
  }

  /** How many requests wait for the model now. */
  wanted(name: string, waiting: { users: number; background: number }, nowMs: number): void {
    const model = this.#model(name);
    const isNew = model.waiting === 0 && nowMs - model.lastWantedMs > this.#rules.placeKeptMs;
    const isFirstUser = model.waitingUsers === 0 && waiting.users > 0 && model.waiting > 0;
    model.waiting = waiting.users + waiting.background;
    model.waitingUsers = waiting.users;
    // Those that it was loaded for are on their way to it.
    if (model.waiting === 0 || model.place === "loaded") return;
    if (isNew || isFirstUser) model.sinceMs = nowMs;
    model.lastWantedMs = nowMs;
  }

  /** `heldBytes`: what its process holds, `loadMs`: how long the load took. */
  loaded(name: string, { heldBytes, loadMs }: { heldBytes: number; loadMs: number }, nowMs: number): void {
    const model = this.#model(name);
    Object.assign(model, { place: "loaded", loadedAtMs: nowMs, loadMs, failures: 0, requests: 0, open: 0 });
    Object.assign(model, { openOfUsers: 0, lastUsedMs: nowMs, lastUsedByUsersMs: nowMs, lastWantedMs: -Infinity });
    holds(model, heldBytes);
  }

  used(name: string, use: ModelUse, nowMs: number): void {
    const model = this.#model(name);
    if (model.place === "sleeping" || model.place === "loading") return;
    holds(model, use.heldBytes);
    model.open = use.open;
    model.openOfUsers = use.openOfUsers;
    if (use.requests > 0) {
      model.lastUsedMs = Math.max(model.lastUsedMs, nowMs - use.idleMs);
      model.lastUsedByUsersMs = Math.max(model.lastUsedByUsersMs, nowMs - use.userIdleMs);
    }
    model.rate = rateAt(model, nowMs) + Math.max(0, use.requests - model.requests);
    model.rateAtMs = nowMs;
    model.requests = use.requests;
  }

  /** Its engine was not idle any more. */
  unloadRefused(name: string, nowMs: number): void {
    const model = this.#model(name);
    if (model.place !== "leaving") return;
    model.place = "loaded";
    model.open = Math.max(1, model.open);
    model.openOfUsers = Math.max(1, model.openOfUsers);
    model.lastUsedMs = nowMs;
  }

  /** Its process has ended, as asked or by itself; `failed` when it had not been loaded yet. */
  ended(name: string, { failed }: { failed: boolean }): void {
    const model = this.#model(name);
    model.place = "sleeping";
    model.heldBytes = model.open = model.openOfUsers = 0;
    if (failed) model.failures++;
  }

  /** What is to be done now. What it returns counts as begun. */
  decide(nowMs: number): Decision[] {
    const decisions: Decision[] = [];
    const unload: Unload = (name, isGentle) => {
      this.#model(name).place = "leaving";
      decisions.push({ type: "unload", name, isGentle });
    };
    this.#shedExcess(nowMs, unload);
    for (const [name, model] of this.#models) if (this.#sleepsAt(model, nowMs) <= nowMs) unload(name, true);
    /** Room that those before in the order wait for. */
    let promised = 0;
    for (const [name, model] of this.#inOrder()) {
      const why = this.#whyNever(name, model);
      if (why) {
        decisions.push({ type: "refuse", name, why });
        model.failures = 0;
        continue;
      }
      if (this.#mayLoadAt(model, nowMs) > nowMs) continue;
      const need = needOf(model);
      const free = this.budgetBytes - this.#held();
      const short = need + promised - (free + this.#leaving());
      if (need <= free && short <= 0) {
        model.place = "loading";
        model.heldBytes = need;
        model.loadsMs.push(nowMs);
        decisions.push({ type: "load", name });
        continue;
      }
      const isRoomMade = short <= 0 || this.#makeRoom(model, short, nowMs, unload);
      // Until patience ends others may use what is free; after that it is kept for this one.
      if (isRoomMade || nowMs - model.sinceMs >= this.#rules.patienceMs) promised += need;
    }
    return decisions;
  }

  /** Of all models together. */
  view(): { budgetBytes: number; heldBytes: number; freeBytes: number } {
    return {
      budgetBytes: this.budgetBytes,
      heldBytes: this.#held(),
      freeBytes: Math.max(0, this.budgetBytes - this.#held()),
    };
  }

  viewOf(name: string, nowMs: number): ModelView {
    const model = this.#model(name);
    const sleepsAtMs = this.#sleepsAt(model, nowMs);
    return {
      place: model.place,
      heldBytes: model.heldBytes,
      estimateBytes: model.estimateBytes,
      waiting: model.waiting,
      lastUsedMs: model.lastUsedMs === -Infinity ? undefined : model.lastUsedMs,
      sleepsAtMs: Number.isFinite(sleepsAtMs) ? sleepsAtMs : undefined,
      loadsLately: this.#loadsLately(model, nowMs).length,
      mayLoadAtMs: this.#mayLoadAt(model, nowMs),
    };
  }

  /** What others that are loaded always take of the budget. */
  roomOf(name: string): { budgetBytes: number; pinnedBytes: number } {
    let pinnedBytes = 0;
    for (const [other, model] of this.#models) if (other !== name && isPinned(model)) pinnedBytes += needOf(model);
    return { budgetBytes: this.budgetBytes, pinnedBytes };
  }

  #model(name: string): Model {
    return must(this.#models.get(name), `model ${name} is in the budget`);
  }

  #held(): number {
    let sum = 0;
    for (const { heldBytes } of this.#models.values()) sum += heldBytes;
    return sum;
  }

  #leaving(): number {
    let sum = 0;
    for (const { place, heldBytes } of this.#models.values()) if (place === "leaving") sum += heldBytes;
    return sum;
  }

  /** Those that sleep and are wanted, the first to be loaded first. */
  #inOrder(): [string, Model][] {
    return [...this.#models]
      .filter(([, model]) => model.place === "sleeping" && (model.waiting > 0 || isPinned(model)))
      .toSorted(
        ([, one], [, other]) => Number(isForUsers(other)) - Number(isForUsers(one)) || one.sinceMs - other.sinceMs,
      );
  }

  #whyNever(name: string, model: Model): "too-large" | "failed" | undefined {
    if (model.failures >= this.#rules.failuresMax) return "failed";
    return needOf(model) > this.budgetBytes - this.roomOf(name).pinnedBytes ? "too-large" : undefined;
  }

  #loadsLately(model: Model, nowMs: number): number[] {
    model.loadsMs = model.loadsMs.filter((atMs) => atMs > nowMs - this.#rules.loadsWindowMs);
    return model.loadsMs;
  }

  #mayLoadAt(model: Model, nowMs: number): number {
    const lately = this.#loadsLately(model, nowMs);
    const oldest = lately[lately.length - this.#rules.loadsMax];
    return oldest === undefined ? nowMs : oldest + this.#rules.loadsWindowMs;
  }

  /** One that could not be loaded again at once does not sleep until it could: its next request would wait for that. */
  #sleepsAt(model: Model, nowMs: number): number {
    if (model.place !== "loaded" || model.open > 0) return Infinity;
    // Those that it was loaded for may still be on their way.
    const notBefore = model.requests === 0 ? model.loadedAtMs + this.#rules.stayMs : -Infinity;
    const mayLoadAtMs = this.#mayLoadAt(model, nowMs);
    const idleAtMs = Math.max(model.lastUsedMs + model.keepAliveMs, notBefore);
    return mayLoadAtMs > nowMs ? Math.max(idleAtMs, mayLoadAtMs) : idleAtMs;
  }

  #candidates(isEligible: (model: Model) => boolean, nowMs: number): Candidate[] {
    return [...this.#models]
      .filter(([, model]) => model.place === "loaded" && !isPinned(model) && isEligible(model))
      .map(([name, model]) => ({
        name,
        bytes: model.heldBytes,
        isInUse: model.open > 0,
        idleMs: model.open > 0 ? 0 : nowMs - model.lastUsedMs,
        loadMs: model.loadMs,
        rate: rateAt(model, nowMs),
      }));
  }

  #makeRoom(model: Model, bytes: number, nowMs: number, unload: Unload): boolean {
    const { stayMs, patienceMs, userIdleMs } = this.#rules;
    const isPatient = nowMs - model.sinceMs < patienceMs;
    const candidates = this.#candidates((other) => {
      if (nowMs - other.loadedAtMs < stayMs) return false;
      if (!isForUsers(model)) return other.open === 0 && nowMs - other.lastUsedByUsersMs >= userIdleMs;
      return other.open === 0 || other.openOfUsers === 0 || !isPatient;
    }, nowMs);
    const victims = chooseVictims(candidates, bytes);
    for (const { name, isInUse } of victims) unload(name, !isInUse);
    return victims.length > 0;
  }

  /** After the budget was lowered, or when a model holds more than was thought. */
  #shedExcess(nowMs: number, unload: Unload): void {
    const excess = this.#held() - this.#leaving() - this.budgetBytes;
    if (excess <= 0) return;
    const candidates = this.#candidates(() => true, nowMs);
    const enough = chooseVictims(candidates, excess);
    const victims = enough.length > 0 ? enough : candidates;
    for (const { name, isInUse } of victims) unload(name, !isInUse);
  }
}

export interface ModelView {
  place: Place;
  heldBytes: number;
  estimateBytes: number;
  waiting: number;
  lastUsedMs: number | undefined;
  sleepsAtMs: number | undefined;
  /** Loads that began within the window. */
  loadsLately: number;
  mayLoadAtMs: number;
}

type Unload = (name: string, isGentle: boolean) => void;

/** It is loaded always. */
const isPinned = ({ keepAliveMs }: ModelNeeds): boolean => keepAliveMs === Infinity;

/** What a load reserves. */
const needOf = ({ estimateBytes, peakBytes }: Model): number => Math.max(estimateBytes, peakBytes);

function holds(model: Model, bytes: number): void {
  model.peakBytes = Math.max(model.peakBytes, bytes);
  model.heldBytes = Math.max(model.estimateBytes, bytes);
}

const isForUsers = (model: Model): boolean => model.waitingUsers > 0 || isPinned(model);

function newModel(needs: ModelNeeds): Model {
  return {
    ...needs,
    place: "sleeping",
    heldBytes: 0,
    peakBytes: 0,
    loadedAtMs: -Infinity,
    lastUsedMs: -Infinity,
    lastUsedByUsersMs: -Infinity,
    open: 0,
    openOfUsers: 0,
    requests: 0,
    rate: 0,
    rateAtMs: 0,
    loadMs: 100 + needs.estimateBytes / loadBytesPerMs,
    loadsMs: [],
    failures: 0,
    waiting: 0,
    waitingUsers: 0,
    sinceMs: -Infinity,
    lastWantedMs: -Infinity,
  };
}

function rateAt({ rate, rateAtMs }: Model, nowMs: number): number {
  return rate * 0.5 ** ((nowMs - rateAtMs) / rateHalfLifeMs);
}
