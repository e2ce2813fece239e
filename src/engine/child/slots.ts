import type { Token } from "node-llama-cpp";
import { must } from "../../base/assert.ts";
import { SahabError } from "../../base/errors.ts";
import type { Tenant } from "../../base/shares.ts";
import { FairQueue, type Account } from "./fair-queue.ts";
import { LatelyAsked } from "./lately-asked.ts";
import { Lease, type Slot, type Waiting } from "./lease.ts";
import type { Batcher } from "./llama/batcher.ts";
import type { Sequence } from "./llama/sequence.ts";
import type { Progress } from "./progress.ts";
import { worthKeepingTokens, type Entry, type PromptCache } from "./prompt-cache.ts";
import type { QueuePlaces } from "./queue-places.ts";
import { Yields } from "./yields.ts";

/** One request's way to slots. */
export interface Visit {
  /**
   * Resolves with a slot whose state is a proper prefix of the prompt, or with undefined when the signal aborts first. `isFresh`: the state is
   * empty. Throws `overloaded`.
   */
  acquire(prompt: Token[], signal: AbortSignal, options?: { isFresh?: boolean }): Promise<SlotLease | undefined>;
  /** To be called when the request has ended and all of its slots are free. */
  close(): void;
}

/** The slot of one answer, which may change at a `yield`. */
export interface SlotLease {
  /** How many leading tokens of the prompt the first slot held already. */
  readonly cachedTokens: number;
  /** The sequence of the slot that the answer has now. */
  readonly sequence: Sequence;
  /** Somebody who holds less waits: the answer is to call `yield` before it goes on. */
  readonly mustYield: boolean;
  /** Gives the slot up and waits for the next, whose state is then a proper prefix of the tokens. False when the signal aborts first. */
  yield(tokens: Token[]): Promise<boolean>;
  /** To be called whenever llama.cpp has evaluated something for the slot, with its cost in tokens of a prompt. */
  step(cost: number): void;
  release(): void;
}

interface SlotPoolOptions {
  name: string;
  queueWaitMs: number;
  /** How long a busy slot may wait for llama.cpp. */
  progressLimitS: () => number;
  /** How long others wait before an answer of a project that holds more slots yields. */
  patienceMs: number;
  log: (message: string, fields: Record<string, unknown>) => void;
}

interface Deps {
  batcher: Batcher;
  cache: PromptCache;
  progress: Progress;
  places: QueuePlaces;
  sequences: readonly Sequence[];
}

/**
 * Gives each answer a sequence of the context, a slot, that holds as much of its prompt already as any state of the same project does,
 * in whichever slot or in the prompt cache. A conversation that loses its slot is kept there, and a state is never used for another
 * project. When all slots are busy, answers wait in a queue that is
 * fair between projects, and between the keys of one. Whoever holds more slots than others that wait yields (yields.ts).
 */
export class SlotPool {
  readonly #deps: Deps;
  readonly #options: SlotPoolOptions;
  readonly #slots: Slot[];
  readonly #queue = new FairQueue<Waiting>();
  readonly #lately = new LatelyAsked();
  readonly #yields: Yields;
  #uses = 0;
  #refusal: SahabError | undefined;
  #tick: Timer | undefined;

  constructor(deps: Deps, options: SlotPoolOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#slots = deps.sequences.map((sequence) => ({
      sequence,
      project: undefined,
      lease: undefined,
      work: undefined,
      usedAt: 0,
    }));
    this.#yields = new Yields(this.#slots, options.patienceMs);
  }

  get busy(): number {
    return this.#slots.length - this.#free;
  }

  get queueLength(): number {
    return this.#queue.size;
  }

  open(tenant: Tenant): Visit {
    const account = this.#queue.open(tenant);
    // No slot is kept free for what nobody waits for.
    if (!tenant.isBackground) this.#lately.note(tenant);
    // A request takes one place while any of its answers waits for its first slot.
    const visit = { isServed: false, waiting: 0 };
    return {
      acquire: async (prompt, signal, { isFresh = false } = {}) => {
        const slot =
          this.#takeFree(account, prompt) ?? (await this.#waitForFirst({ account, visit, tokens: prompt, signal }));
        visit.isServed ||= slot !== undefined;
        return slot && (await this.#lease(slot, { account, tokens: prompt, signal, isFresh }));
      },
      close: () => this.#queue.close(account),
    };
  }

  /** Refuses all whose requests have had no slot yet, now and later. */
  refuseAll(error: SahabError): void {
    this.#refusal = error;
    for (const waiting of this.#queue.all()) if (!waiting.isUnderWay()) waiting.refuse(error);
  }

  get #free(): number {
    return this.#slots.filter(({ lease, work }) => !lease && !work).length;
  }

  async #lease(
    slot: Slot,
    {
      account,
      tokens,
      signal,
      isFresh,
    }: { account: Account<Waiting>; tokens: Token[]; signal: AbortSignal; isFresh: boolean },
  ): Promise<SlotLease | undefined> {
    let held: Slot | undefined = slot;
    const release = () => {
      if (held) this.#release(held, account);
      held = undefined;
    };
    const align = async (tokens: Token[]) => {
      try {
        const { project } = account.tenant;
        return await this.#align(must(held, "a slot is aligned while it is held"), tokens, { project, isFresh });
      } catch (error) {
        release();
        throw error;
      }
    };
    if (signal.aborted) {
      release();
      return undefined;
    }
    const cachedTokens = await align(tokens);
    const lease = (slot.lease = new Lease(account, slot));
    return {
      cachedTokens,
      get sequence() {
        return lease.sequence;
      },
      get mustYield() {
        return lease.successor !== undefined;
      },
      step: (cost) => {
        held?.work?.step();
        lease.spent += cost;
        this.#queue.charge(account, cost);
      },
      yield: async (tokens) => {
        const evaluated = lease.sequence.length;
        release();
        held = this.#takeFree(account, tokens) ?? (await this.#wait({ account, tokens, signal, again: true }));
        if (!held) return false;
        const kept = await align(tokens);
        lease.moveTo(held, Math.max(0, evaluated - kept));
        held.lease = lease;
        return !signal.aborted;
      },
      release,
    };
  }

  #takeFree(account: Account<Waiting>, tokens: Token[]): Slot | undefined {
    const free = this.#free;
    return free > 0 && this.#mayTake(account) ? this.#take(account, tokens) : undefined;
  }

  /** One slot is left for others who have lately asked, so that they need not wait for an answer to yield. */
  #mayTake({ tenant, project, key }: Account<Waiting>): boolean {
    const most = Math.max(1, this.#slots.length - 1);
    if (project.held >= most && this.#lately.hasOtherProject(tenant)) return false;
    return key.held < most || !this.#lately.hasOtherKey(tenant);
  }

  #take(account: Account<Waiting>, tokens: Token[]): Slot {
    const slot = must(this.#choose(tokens, account.tenant.project), "a slot is free");
    slot.work = this.#deps.progress.begin(this.#options.progressLimitS());
    slot.usedAt = ++this.#uses;
    this.#queue.hold(account);
    return slot;
  }

  /**
   * The slot whose conversation goes on, which loses nothing by it. Else the first empty one, so that busy slots are neighbours; else the least
   * recently used, its own before others'.
   */
  #choose(tokens: Token[], project: string): Slot | undefined {
    let best: { slot: Slot; rank: number } | undefined;
    for (const slot of this.#slots) {
      if (slot.work) continue;
      const { length } = slot.sequence;
      const isOwn = slot.project === project;
      const common = isOwn ? slot.sequence.prefixOf(tokens) : 0;
      const goesOn = common > 0 && length - common < worthKeepingTokens;
      const rank = goesOn ? common : length === 0 ? 0 : isOwn ? -1 : -2;
      if (best && (rank < best.rank || (rank === best.rank && (rank >= 0 || slot.usedAt >= best.slot.usedAt))))
        continue;
      best = { slot, rank };
    }
    return best?.slot;
  }

  /** Waits as long as a request may that has had no slot yet, and only where the queue has a place for it. */
  async #waitForFirst(ask: {
    account: Account<Waiting>;
    visit: { isServed: boolean; waiting: number };
    tokens: Token[];
    signal: AbortSignal;
  }): Promise<Slot | undefined> {
    const { visit } = ask;
    const { tenant } = ask.account;
    if (this.#refusal && !visit.isServed) throw this.#refusal;
    if (visit.waiting === 0) this.#deps.places.take(tenant);
    visit.waiting++;
    try {
      return await this.#wait({ ...ask, again: false });
    } finally {
      visit.waiting--;
      if (visit.waiting === 0) this.#deps.places.release(tenant);
    }
  }

  async #wait(ask: {
    account: Account<Waiting>;
    tokens: Token[];
    signal: AbortSignal;
    again: boolean;
    visit?: { isServed: boolean };
  }): Promise<Slot | undefined> {
    const { account, tokens, signal, again, visit } = ask;
    const { promise, resolve, reject } = Promise.withResolvers<Slot | undefined>();
    const isUnderWay = () => visit?.isServed ?? true;
    // It leaves the queue at once, so that it is given no slot any more.
    const refuse = (error: SahabError) => {
      this.#leave(waiting);
      reject(error);
    };
    const onAbort = () => {
      this.#leave(waiting);
      resolve(undefined);
    };
    const sinceMs = performance.now();
    const waiting: Waiting = { account, tokens, sinceMs, isUnderWay, victim: undefined, admit: resolve, refuse };
    this.#queue.add(account, waiting, { again });
    this.#watch();
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    const timer = again ? undefined : setTimeout(() => this.#expire(waiting), this.#options.queueWaitMs);
    try {
      const slot = await promise;
      if (!slot || !signal.aborted) return slot;
      this.#release(slot, account);
      return undefined;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
  }

  #expire(waiting: Waiting): void {
    if (waiting.isUnderWay()) return;
    const { name, queueWaitMs } = this.#options;
    const slots = `${this.#slots.length} slots, all busy`;
    waiting.refuse(
      new SahabError("overloaded", `Model ${name} had no free slot within ${queueWaitMs / 1000} s (${slots})`, {
        retryAfterS: 10,
      }),
    );
  }

  #release(slot: Slot, account: Account<Waiting>): void {
    slot.work?.end();
    slot.work = undefined;
    slot.usedAt = ++this.#uses;
    this.#queue.drop(account);
    const { lease } = slot;
    slot.lease = undefined;
    // The one for which the answer has yielded comes first.
    if (lease?.successor) this.#admit(lease.successor);
    this.#serve();
  }

  /** Gives free slots to those who wait. */
  #serve(): void {
    while (this.#queue.size > 0 && this.#free > 0) {
      const next = this.#queue.heads().find(({ account }) => this.#mayTake(account));
      if (!next) return;
      this.#admit(next);
    }
  }

  #admit(waiting: Waiting): void {
    this.#leave(waiting);
    waiting.admit(this.#take(waiting.account, waiting.tokens));
  }

  #leave(waiting: Waiting): void {
    if (!this.#queue.remove(waiting.account, waiting)) return;
    if (waiting.victim) waiting.victim.successor = undefined;
    this.#watch();
  }

  /** While some wait: looks now and then who has waited for long, and whether a slot that was left for others is needed. */
  #watch(): void {
    if (this.#queue.size === 0) {
      clearInterval(this.#tick);
      this.#tick = undefined;
    } else
      this.#tick ??= setInterval(() => {
        this.#serve();
        this.#yields.ask(this.#queue.heads(), performance.now());
      }, this.#options.patienceMs / 4);
  }

  /** Gives the slot the best state that there is for the tokens, without the last of them: that is always evaluated. Returns its length. */
  #align(slot: Slot, tokens: Token[], { project, isFresh }: { project: string; isFresh: boolean }): Promise<number> {
    const { batcher } = this.#deps;
    return batcher.exclusive(async () => {
      const { sequence } = slot;
      const common = slot.project === project && !isFresh ? sequence.prefixOf(tokens) : 0;
      const source = isFresh ? undefined : this.#bestSource(tokens, project, common + worthKeepingTokens);
      const isLost = sequence.length - common >= worthKeepingTokens;
      if (slot.project !== undefined && (source || isLost)) await this.#keep(slot.project, sequence, source?.entry);
      // Until it is aligned, nobody may take what it holds for theirs.
      slot.project = undefined;
      if (!source) sequence.cut(common);
      else {
        await source.fill(sequence).catch(() => sequence.clear());
        sequence.cut(sequence.prefixOf(tokens));
      }
      slot.project = project;
      return sequence.length;
    });
  }

  /** The project's state with the most leading tokens of these, in another slot or in the cache, if it has at least so many. */
  #bestSource(tokens: Token[], project: string, least: number) {
    const { cache } = this.#deps;
    let best: { common: number; entry?: Entry; fill(to: Sequence): Promise<void> } | undefined;
    for (const { sequence, project: owner } of this.#slots) {
      const common = owner === project ? sequence.prefixOf(tokens) : 0;
      if (common >= least && common > (best?.common ?? 0)) best = { common, fill: (to) => cache.copy(sequence, to) };
    }
    const kept = cache.find(project, tokens);
    if (kept && kept.common >= least && kept.common > (best?.common ?? 0))
      return { ...kept, fill: (to: Sequence) => cache.restore(kept.entry, to) };
    return best;
  }

  /** A conversation that cannot be kept is evaluated again when it goes on. */
  async #keep(project: string, sequence: Sequence, spared: Entry | undefined): Promise<void> {
    try {
      await this.#deps.cache.save(project, sequence, { spared });
    } catch (error) {
      this.#options.log("a conversation's state was not kept", { reason: error instanceof Error ? error.message : "" });
    }
  }
}
