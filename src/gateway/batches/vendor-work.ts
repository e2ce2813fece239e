import { toSahabError, type SahabError } from "../../base/errors.ts";
import { takeTurns } from "../../base/take-turns.ts";
import { isFinal, type VendorBatchState } from "../../vendor/index.ts";
import { cancelBatch, discardBatch, isFinalRefusal, judgeSubmission, lookAtBatch } from "../vendor-batch.ts";
import { collectPart, failPart } from "./collect-part.ts";
import { indexLines, type ModelLines } from "./index-lines.ts";
import { isOpen, partsMax, placesOf, submitterGone, type KeptPart } from "./kept-part.ts";
import { isKeyFault } from "./line-policy.ts";
import { sleepUnless } from "./sleep-unless.ts";
import { submitPart } from "./submit-part.ts";
import type { VendorWorkBatch, VendorWorkDeps } from "./worked-batch.ts";

const pausesUsual = { first: 5_000, most: 60_000 };
/** Pauses that a vendor asks for, and those before a whole batch is made again, may be so many times as long. */
const longFactor = 10;
/** A vendor that has no room is asked so often, some five minutes; then Sahab runs the lines. */
const laterMax = 8;
/** A vendor that does not know its batch any more is asked so often. */
const unknownMax = 8;
/** A batch that was cancelled, or whose time is over, is waited for so long: what the vendor has served is paid for. */
const graceMs = 3_600_000;
/** Vendors may name their files of results, or fill them, a while after a batch has ended: lines that lack one are looked for so long. */
const lackingMs = 600_000;

/**
 * The lines of a batch that vendors serve. Each model's go to one target, as one or more batches there:
 *
 *   chosen ─▶ kept ─▶ submitted ─▶ ended there ─▶ collected
 *               └─▶ refused: its lines are released, and Sahab runs them
 *
 * A part is kept before the vendor hears of it, so that after a crash it is looked for and not paid twice.
 */
export class VendorWork {
  readonly #deps: VendorWorkDeps;
  readonly #batch: VendorWorkBatch;
  readonly #parts: KeptPart[];
  /** 1 for a line that a vendor has, or is to get. */
  readonly #held: Uint8Array;
  readonly #gone = new AbortController();
  readonly #ending = new AbortController();
  readonly #active = new Set<Promise<void>>();
  readonly #states = new Map<KeptPart, VendorBatchState>();
  readonly #collected = new Set<KeptPart>();
  /** When parts were first seen to have ended, since 1970. */
  readonly #endedMs = new Map<KeptPart, number>();
  #endingMs = 0;
  #hasReleased = false;
  #release = Promise.withResolvers<void>();
  #fault: Error | undefined;

  constructor(deps: VendorWorkDeps, batch: VendorWorkBatch, parts: readonly KeptPart[]) {
    this.#deps = deps;
    this.#batch = batch;
    this.#parts = [...parts];
    this.#held = new Uint8Array(batch.total);
  }

  holds(index: number): boolean {
    return this.#held[index] === 1;
  }

  /** Lines that vendors report as done, and whose results have not been read yet. */
  get counts(): { completed: number; failed: number } {
    const sum = { completed: 0, failed: 0 };
    for (const [part, { counts }] of this.#states) {
      if (this.#collected.has(part)) continue;
      sum.completed += counts.completed;
      sum.failed += counts.failed;
    }
    return sum;
  }

  /** Decides who serves which lines, and begins. A batch that ends already begins nothing new. */
  async begin(): Promise<void> {
    if (this.#isEnding && this.#parts.length === 0) return;
    const { vendors } = this.#deps;
    try {
      let models = 0;
      for (const [model, lines] of await this.#index()) {
        const parts = this.#parts.filter((part) => part.model === model);
        const isNew = parts.length === 0;
        // A batch may name 50,000 models, of which most are found without waiting.
        await takeTurns();
        if (isNew && (this.#isEnding || models >= partsMax || !(await vendors.choose(this.#batch, model)))) continue;
        models++;
        for (const part of parts) this.#hold(lines, placesOf(part, lines.count));
        const next = isNew ? 0 : parts.at(-1)?.next;
        if (typeof next === "number") this.#hold(lines, rangeFrom(next, lines.count));
        for (const part of parts) if (part.job) this.#follow(part, lines, { isFresh: false });
        this.#start(this.#serveModel(model, lines));
      }
    } catch (error) {
      const known = toSahabError(error);
      if (!isKeyFault(known)) throw error;
      this.#batch.fail(known);
    }
  }

  /** Resolves with true where lines have been released since it was last asked, with false once vendors have no more of them. */
  async released(): Promise<boolean> {
    while (!this.#hasReleased && this.#active.size > 0)
      await Promise.race([Promise.all(this.#active), this.#release.promise]);
    if (this.#fault) throw this.#fault;
    const has = this.#hasReleased;
    this.#hasReleased = false;
    this.#release = Promise.withResolvers();
    return has;
  }

  /** Vendors are asked to stop; what they have served is read. `sinceMs` is when the batch came to its end, since 1970. */
  end(sinceMs: number): void {
    this.#endingMs ||= sinceMs;
    this.#ending.abort();
  }

  /** Leaves everything as it is. */
  giveUp(): void {
    this.#gone.abort();
  }

  /** Resolves when nothing is under way. */
  async ended(): Promise<void> {
    while (this.#active.size > 0) await Promise.all(this.#active);
    if (this.#fault) throw this.#fault;
  }

  /** Deletes what vendors keep of what was read whole. Never rejects. */
  async discard(): Promise<void> {
    for (const kept of this.#parts) {
      const { job } = kept;
      const part = job && kept.isRead && this.#deps.vendors.partOf(this.#batch, kept);
      if (!part) continue;
      const vendor = this.#deps.vendors.depsFor(this.#batch, this.#gone.signal);
      try {
        const state = this.#states.get(kept) ?? (await lookAtBatch(vendor, part, job));
        if (isFinal(state)) await discardBatch(vendor, part, job, state);
      } catch {
        // The vendor deletes it itself some day.
      }
    }
  }

  get #isEnding(): boolean {
    return this.#ending.signal.aborted;
  }

  get #isGone(): boolean {
    return this.#gone.signal.aborted;
  }

  get #isPastGrace(): boolean {
    return this.#isEnding && this.#deps.clock.now() - this.#endingMs > graceMs;
  }

  #index(): Promise<ReadonlyMap<string, ModelLines>> {
    const { form, inputFile, terms } = this.#batch;
    return indexLines(form, this.#deps.shelf.read(inputFile), terms.endpoint);
  }

  #start(work: Promise<void>): void {
    const active = work
      .catch((error: unknown) => {
        this.#fault ??= error instanceof Error ? error : new Error(String(error));
        this.#gone.abort();
      })
      .finally(() => this.#active.delete(active));
    this.#active.add(active);
  }

  #hold(lines: ModelLines, places: readonly number[]): void {
    for (const place of places) this.#held[lines.indexOf(place)] = 1;
  }

  #letGo(lines: ModelLines, places: readonly number[]): void {
    for (const place of places) this.#held[lines.indexOf(place)] = 0;
    if (places.length === 0) return;
    this.#hasReleased = true;
    this.#release.resolve();
  }

  /** Gives a model's lines to the vendor, in as many parts as it takes. */
  async #serveModel(model: string, lines: ModelLines): Promise<void> {
    let last = this.#parts.findLast((part) => part.model === model);
    if (last && isOpen(last)) await this.#submit(last, lines, true);
    while (!this.#isGone && !this.#isEnding) {
      const first = last ? last.next : 0;
      if (typeof first !== "number") return;
      const chosen = this.#parts.length < partsMax ? await this.#choose(model) : undefined;
      if (!chosen) return this.#letGo(lines, rangeFrom(first, lines.count));
      const { place, window } = chosen;
      const id = this.#batch.row.id;
      last = {
        marker: `req_${id.slice(id.indexOf("_") + 1)}_${this.#parts.length + 1}`,
        model,
        ...place,
        window,
        first,
        sinceMs: this.#deps.clock.now(),
      };
      this.#parts.push(last);
      if (!(await this.#save())) return;
      await this.#submit(last, lines, false);
    }
  }

  async #choose(model: string) {
    try {
      return await this.#deps.vendors.choose(this.#batch, model);
    } catch (error) {
      const known = toSahabError(error);
      if (!isKeyFault(known)) throw error;
      this.#batch.fail(known);
      return undefined;
    }
  }

  async #save(): Promise<boolean> {
    const isSaved = await this.#batch.save(this.#parts);
    if (!isSaved) this.giveUp();
    return isSaved;
  }

  async #submit(part: KeptPart, lines: ModelLines, mayBeThere: boolean): Promise<void> {
    let isDoubtful = mayBeThere;
    for (let tries = 1; !this.#isGone; tries++) {
      if (this.#isEnding && !isDoubtful) return;
      if (isDoubtful && !this.#deps.vendors.partOf(this.#batch, part)) {
        // Nobody can tell whether the vendor has it.
        if (tries >= unknownMax) return this.#lose(part, submitterGone(part));
        await this.#pause(tries);
        continue;
      }
      let leftOut: number[] | undefined;
      try {
        // One that no vendor has need not be given to it any more at its end.
        const { signal } = isDoubtful ? this.#gone : this.#ending;
        leftOut = await this.#transfer(
          () =>
            submitPart(this.#deps, this.#batch, { part, lines, known: this.#knownBeside(part) }, this.#gone.signal, {
              isDoubtful,
              isOnlySought: this.#isEnding,
            }),
          signal,
        );
      } catch (error) {
        if (this.#isGone) return;
        const failure = toSahabError(error);
        const verdict = judgeSubmission(failure.code);
        isDoubtful = verdict === "doubtful";
        this.#warn(part, failure, "a batch could not be given to the vendor");
        if (verdict === "refused" || (verdict === "later" && tries >= laterMax)) return this.#refuse(part, lines);
        if (this.#isPastGrace) return;
        await this.#pause(tries, { failure, isLong: isDoubtful });
        continue;
      }
      // Where it cannot be kept the batch begins again, and finds what the vendor has.
      if (!leftOut || !(await this.#save())) return;
      this.#letGo(lines, leftOut);
      if (part.job) this.#follow(part, lines, { isFresh: true });
      return;
    }
  }

  /** The vendor does not take them. */
  async #refuse(part: KeptPart, lines: ModelLines): Promise<void> {
    part.isRefused = true;
    part.next = null;
    if (await this.#save()) this.#letGo(lines, rangeFrom(part.first, lines.count));
  }

  #knownBeside(part: KeptPart): ReadonlySet<string> {
    return new Set(this.#parts.flatMap((other) => (other.job && other !== part ? [other.job.vendorId] : [])));
  }

  #follow(part: KeptPart, lines: ModelLines, { isFresh }: { isFresh: boolean }): void {
    if (placesOf(part, lines.count).every((place) => this.#batch.isDone(lines.indexOf(place)))) {
      this.#collected.add(part);
      return;
    }
    this.#start(this.#followToEnd(part, isFresh));
  }

  /** Looks at a vendor's batch until it has ended, and takes its results. */
  async #followToEnd(kept: KeptPart, isFresh: boolean): Promise<void> {
    if (isFresh) await this.#pause(1);
    let unknown = 0;
    let wasEnding = this.#isEnding;
    for (let tries = 2; !this.#isGone; tries++) {
      if (this.#isEnding && !wasEnding) tries = 1;
      wasEnding = this.#isEnding;
      try {
        if (await this.#lookOnce(kept)) return;
        unknown = 0;
        await this.#pause(tries);
      } catch (error) {
        if (this.#isGone) return;
        const failure = toSahabError(error);
        this.#warn(kept, failure, "a vendor's batch could not be looked at");
        if (isFinalRefusal(failure.code) && ++unknown >= unknownMax) return this.#lose(kept, failure);
        await this.#pause(tries, { failure });
      }
      if (!this.#isPastGrace) continue;
      this.#warn(
        kept,
        undefined,
        "a vendor's batch has not ended in time; what it served is neither read nor recorded",
      );
      return;
    }
  }

  /** True where its lines are done. */
  async #lookOnce(kept: KeptPart): Promise<boolean> {
    const { job } = kept;
    const { vendors } = this.#deps;
    const part = vendors.partOf(this.#batch, kept);
    if (!job) return true;
    if (!part) throw submitterGone(kept);
    if (!this.#isEnding) await this.#checkKey();
    const vendor = vendors.depsFor(this.#batch, this.#gone.signal);
    const state = await lookAtBatch(vendor, part, job);
    this.#states.set(kept, state);
    if (isFinal(state)) {
      const nowMs = this.#deps.clock.now();
      const endedMs = this.#endedMs.get(kept) ?? nowMs;
      this.#endedMs.set(kept, endedMs);
      const mayWait = nowMs - endedMs < lackingMs && !this.#isPastGrace;
      const source = { part, job, state, model: kept.model, mayWait };
      const collect = () => this.#index().then((index) => collectPart(this.#deps, this.#batch, vendor, source, index));
      const collected = await this.#transfer(collect);
      if (!collected) return false;
      this.#collected.add(kept);
      if (collected.lacking === 0) kept.isRead = true;
      else if (mayWait) return false;
      if (!this.#isEnding) this.#letGo(collected.lines, collected.unserved);
    } else if (this.#isEnding && state.status === "running") await cancelBatch(vendor, part, job);
    await this.#batch.note();
    return isFinal(state);
  }

  async #checkKey(): Promise<void> {
    try {
      await this.#deps.vendors.checkKey(this.#batch);
    } catch (error) {
      const known = toSahabError(error);
      if (isKeyFault(known)) this.#batch.fail(known);
    }
  }

  async #lose(kept: KeptPart, failure: SahabError): Promise<void> {
    const index = await this.#index();
    await this.#transfer(() => failPart(this.#deps, this.#batch, kept, failure, index));
    this.#collected.add(kept);
  }

  /** Undefined where it is given up before its turn. */
  async #transfer<T>(work: () => Promise<T>, signal = this.#gone.signal): Promise<T | undefined> {
    const either = AbortSignal.any([signal, this.#gone.signal]);
    const release = await this.#deps.transfers.take(this.#batch.tenant, either);
    if (!release) return undefined;
    try {
      return await work();
    } finally {
      release();
    }
  }

  async #pause(tries: number, { failure, isLong = false }: { failure?: SahabError; isLong?: boolean } = {}) {
    const { first, most } = this.#deps.pauses ?? pausesUsual;
    const growing = Math.min(isLong ? longFactor * most : most, first * 1.5 ** (tries - 1));
    const ms = Math.min(longFactor * most, Math.max(growing, (failure?.retryAfterS ?? 0) * 1_000));
    const { signal } = this.#gone;
    await sleepUnless(this.#isEnding ? signal : AbortSignal.any([signal, this.#ending.signal]), ms);
  }

  #warn({ provider, marker, job }: KeptPart, failure: SahabError | undefined, message: string): void {
    const { code, logMessage: reason } = failure ?? {};
    const { row } = this.#batch;
    // The reason of such a failure says only that the log has its cause.
    const cause = code === "internal_error" ? { err: failure?.cause } : {};
    const told = { batch: row.id, provider, part: marker, vendorBatch: job?.vendorId, code, reason };
    this.#deps.log.warn({ ...told, ...cause }, message);
  }
}

function rangeFrom(first: number, count: number): number[] {
  return Array.from({ length: Math.max(0, count - first) }, (_, index) => first + index);
}
