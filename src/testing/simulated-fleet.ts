import { budgetRules, MemoryBudget, type Decision } from "../fleet/memory-budget.ts";

interface Request {
  name: string;
  atMs: number;
  lengthMs: number;
  isOfUser: boolean;
}

interface Engine {
  bytes: number;
  place: "sleeping" | "loading" | "loaded" | "leaving";
  waiting: Request[];
  open: { endMs: number; isOfUser: boolean }[];
  requests: number;
  endedMs: number;
  endedOfUserMs: number;
  loadsMs: number[];
}

const stepMs = 100;
/** How often engines are asked how they are used, so that decisions are made on what is no longer true. */
const lookMs = 1_000;
const longestAnswerMs = 5_000;
const longestLoadMs = 5_000;

/** Local models with random sizes, requests and crashes in virtual time, run by a MemoryBudget. It notes each promise that is broken. */
export class SimulatedFleet {
  readonly faults: string[] = [];
  served = 0;
  readonly #random: () => number;
  readonly #budget: MemoryBudget;
  readonly #engines = new Map<string, Engine>();
  readonly #events: { atMs: number; run(): void }[] = [];
  readonly #pauseMs: number;
  #nowMs = 0;

  constructor(random: () => number) {
    this.#random = random;
    const count = 3 + Math.floor(random() * 6);
    const bytes = Array.from({ length: count }, () => 10 + Math.floor(random() * 90));
    const room = Math.max(...bytes) + Math.floor((random() * bytes.reduce((sum, size) => sum + size, 0)) / 2);
    this.#budget = new MemoryBudget(room);
    this.#pauseMs = 200 + random() * 5_000;
    for (const [index, size] of bytes.entries()) {
      const keepAliveMs = [0, 2_000, 30_000, 300_000][Math.floor(random() * 4)] ?? 0;
      this.#budget.set(`m${index}`, { estimateBytes: size, keepAliveMs });
      this.#engines.set(`m${index}`, {
        bytes: size,
        place: "sleeping",
        waiting: [],
        open: [],
        requests: 0,
        endedMs: 0,
        endedOfUserMs: 0,
        loadsMs: [],
      });
    }
  }

  /** Requests come for so long; then all that wait are served. */
  run(forMs: number): void {
    const names = [...this.#engines.keys()];
    const longestWaitMs =
      (budgetRules.stayMs + budgetRules.patienceMs + longestAnswerMs + longestLoadMs) * (names.length + 2);
    let nextMs = 0;
    for (; this.#nowMs < forMs + 2 * longestWaitMs; this.#nowMs += stepMs) {
      while (nextMs <= this.#nowMs && nextMs < forMs) {
        // One is asked for more often than the others.
        const at = this.#random() < 0.4 ? 0 : Math.floor(this.#random() * names.length);
        const lengthMs = this.#random() * longestAnswerMs;
        this.#ask({ name: names[at] ?? "", atMs: this.#nowMs, lengthMs, isOfUser: this.#random() < 0.8 });
        nextMs += this.#random() * 2 * this.#pauseMs;
      }
      this.#step();
      for (const [name, { waiting }] of this.#engines) {
        const first = waiting.find(({ isOfUser }) => isOfUser);
        if (first && this.#nowMs - first.atMs > longestWaitMs) this.#fault(`a request for ${name} waits for too long`);
      }
      if (this.faults.length > 0) return;
    }
    for (const [name, { waiting }] of this.#engines)
      if (waiting.length > 0) this.#fault(`${waiting.length} requests for ${name} wait for ever`);
  }

  #fault(what: string): void {
    this.faults.push(`${what}, at ${this.#nowMs} ms`);
  }

  #ask(request: Request): void {
    const engine = this.#of(request.name);
    if (engine.place === "loaded") return this.#serve(engine, request);
    engine.waiting.push(request);
    this.#tellWaiting(request.name);
  }

  #serve(engine: Engine, { lengthMs, isOfUser }: Request): void {
    this.served++;
    engine.requests++;
    engine.open.push({ endMs: this.#nowMs + lengthMs, isOfUser });
  }

  #tellWaiting(name: string): void {
    const { waiting } = this.#of(name);
    const users = waiting.filter(({ isOfUser }) => isOfUser).length;
    this.#budget.wanted(name, { users, background: waiting.length - users }, this.#nowMs);
  }

  #step(): void {
    for (const event of this.#events.filter(({ atMs }) => atMs <= this.#nowMs)) {
      this.#events.splice(this.#events.indexOf(event), 1);
      event.run();
    }
    for (const [name, engine] of this.#engines) {
      for (const { isOfUser } of engine.open.filter(({ endMs }) => endMs <= this.#nowMs)) {
        engine.endedMs = this.#nowMs;
        if (isOfUser) engine.endedOfUserMs = this.#nowMs;
      }
      engine.open = engine.open.filter(({ endMs }) => endMs > this.#nowMs);
      if (engine.place === "leaving" && engine.open.length === 0) this.#end(name, false);
      if (engine.place === "loaded" && this.#nowMs % lookMs === 0) this.#look(name, engine);
    }
    for (const decision of this.#budget.decide(this.#nowMs)) this.#do(decision);
    let held = 0;
    for (const { place, bytes } of this.#engines.values()) if (place !== "sleeping") held += bytes;
    if (held > this.#budget.budgetBytes) this.#fault(`${held} bytes are held of ${this.#budget.budgetBytes}`);
  }

  #look(name: string, { open, requests, endedMs, endedOfUserMs, bytes }: Engine): void {
    const openOfUsers = open.filter(({ isOfUser }) => isOfUser).length;
    const idleMs = open.length > 0 ? 0 : this.#nowMs - endedMs;
    const userIdleMs = openOfUsers > 0 ? 0 : this.#nowMs - endedOfUserMs;
    const use = { open: open.length, openOfUsers, idleMs, userIdleMs, requests, heldBytes: bytes };
    this.#budget.used(name, use, this.#nowMs);
  }

  #do({ type, name, ...rest }: Decision): void {
    const engine = this.#of(name);
    if (type === "refuse") engine.waiting = [];
    else if (type === "load") this.#load(name, engine);
    else if (engine.place !== "loaded") this.#fault(`${name} is to end while it is ${engine.place}`);
    else if ("isGentle" in rest && rest.isGentle && engine.open.length > 0)
      this.#budget.unloadRefused(name, this.#nowMs);
    else engine.place = "leaving";
    if (type === "refuse") this.#tellWaiting(name);
  }

  #load(name: string, engine: Engine): void {
    if (engine.place !== "sleeping") this.#fault(`${name} is to be loaded while it is ${engine.place}`);
    engine.loadsMs.push(this.#nowMs);
    const third = engine.loadsMs.at(-1 - budgetRules.loadsMax);
    if (third !== undefined && this.#nowMs - third < budgetRules.loadsWindowMs)
      this.#fault(`${name} is loaded for the third time in a minute`);
    engine.place = "loading";
    const loadMs = this.#random() * longestLoadMs;
    const crashes = this.#random() < 0.03;
    this.#events.push({
      atMs: this.#nowMs + loadMs,
      run: () => (crashes ? this.#end(name, true) : this.#loaded(name, engine, loadMs)),
    });
  }

  #loaded(name: string, engine: Engine, loadMs: number): void {
    Object.assign(engine, { place: "loaded", requests: 0 });
    for (const request of engine.waiting.splice(0)) this.#serve(engine, request);
    this.#tellWaiting(name);
    this.#budget.loaded(name, { heldBytes: engine.bytes, loadMs }, this.#nowMs);
  }

  #end(name: string, failed: boolean): void {
    this.#of(name).place = "sleeping";
    this.#budget.ended(name, { failed });
  }

  #of(name: string): Engine {
    return this.#engines.get(name) as Engine;
  }
}
