import { join } from "node:path";
import { SahabError } from "../../base/errors.ts";
import type { LineLog } from "../insert-fitting.ts";
import type { KeyChanges, KeyRow, KeyUse, Resource, Scope, UsageQuery } from "../store/index.ts";
import { storeUnavailable } from "./failure.ts";
import type { StoreLocation } from "../store/open-store.ts";
import type { Calls } from "./messages.ts";
import { ThreadLink, type CallOptions } from "./thread-link.ts";

/** A call takes well under a millisecond, a drain after a busy time more, and SQLite waits 2 s for another process that writes. */
const callMs = 5_000;
const reportMs = 60_000;
/** Reports at once; they share the thread, so more would only make each of them slower. */
const reportsMax = 4;
/** The same of searches, each of which may open tens of megabytes. */
const searchesMax = 2;
const recoverMs = 600_000;
/** A day of ten million records; one of a million takes a minute. */
const retireMs = 3_600_000;
/** A thread that ended is started again after this time, doubled for each further end up to the maximum. */
const restartMs = 100;
const restartMsMax = 10_000;
/** After a thread has run this long, the waiting time starts from the beginning. */
const healthyMs = 60_000;

export interface StoreThreadOptions {
  /** For tests: another program for the thread, and shorter times. */
  program?: string;
  callMs?: number;
  reportMs?: number;
}

/**
 * The store as a serving process uses it: SQLite, and what moves journals into it, on a thread of their own. So no
 * statement, commit or decoding of a journal ever holds up a stream.
 *
 * A call has a deadline, after which it fails with `store_unavailable`; so a thread that is stuck is noticed. One that
 * crashed is started again: what it had not stored is still in the journal, and is taken in again under the same ids.
 */
export async function openStoreThread(
  deps: { log: LineLog },
  location: StoreLocation,
  options: StoreThreadOptions = {},
): Promise<StoreThread> {
  const thread = new StoreThread(deps, location, options);
  await thread.open();
  return thread;
}

/** States: opening → open ⇄ restarting → closed. */
export class StoreThread implements Calls {
  readonly #log: LineLog;
  readonly #location: StoreLocation;
  readonly #program: string;
  readonly #callMs: number;
  readonly #reportMs: number;
  #link: ThreadLink;
  #startedMs = 0;
  #restarts = 0;
  #restartTimer: Timer | undefined;
  #reports = 0;
  #searches = 0;
  #isClosed = false;

  constructor(deps: { log: LineLog }, location: StoreLocation, options: StoreThreadOptions) {
    this.#log = deps.log;
    this.#location = location;
    this.#program = options.program ?? join(import.meta.dir, "main.ts");
    this.#callMs = options.callMs ?? callMs;
    this.#reportMs = options.reportMs ?? reportMs;
    this.#link = this.#start();
  }

  async open(): Promise<void> {
    try {
      await this.#link.opened();
    } catch (error) {
      await this.close();
      throw error;
    }
    this.#watch();
  }

  /** Calls that have no answer yet. */
  get waiting(): number {
    return this.#link.waiting;
  }

  version() {
    return this.#call("version", []);
  }
  readResources() {
    return this.#call("readResources", []);
  }
  writeResources(resources: readonly Resource[], expectedVersion: number) {
    return this.#call("writeResources", [resources, expectedVersion]);
  }
  resealSecrets() {
    return this.#call("resealSecrets", []);
  }
  forgetSecrets() {
    return this.#call("forgetSecrets", []);
  }
  insertKey(key: KeyRow) {
    return this.#call("insertKey", [key]);
  }
  findKeysByHash(hashes: readonly string[]) {
    return this.#call("findKeysByHash", [hashes]);
  }
  listKeys(...args: Parameters<Calls["listKeys"]>) {
    return this.#call("listKeys", args);
  }
  findKey(...args: Parameters<Calls["findKey"]>) {
    return this.#call("findKey", args);
  }
  updateKey(id: string, changes: KeyChanges) {
    return this.#call("updateKey", [id, changes]);
  }
  replaceKey(...args: Parameters<Calls["replaceKey"]>) {
    return this.#call("replaceKey", args);
  }
  noteKeyUses(uses: readonly KeyUse[]) {
    return this.#call("noteKeyUses", [uses]);
  }
  revokeKey(id: string, timeMs: number) {
    return this.#call("revokeKey", [id, timeMs]);
  }
  insertUsage(...args: Parameters<Calls["insertUsage"]>) {
    return this.#call("insertUsage", args);
  }
  findUsage(...args: Parameters<Calls["findUsage"]>) {
    return this.#call("findUsage", args);
  }

  listUsage(...args: Parameters<Calls["listUsage"]>) {
    return this.#call("listUsage", args);
  }
  listUsageJson(...args: Parameters<Calls["listUsageJson"]>) {
    return this.#call("listUsageJson", args);
  }
  keep(...args: Parameters<Calls["keep"]>) {
    return this.#call("keep", args);
  }
  findKept(...args: Parameters<Calls["findKept"]>) {
    return this.#call("findKept", args);
  }
  findKeptHeads(...args: Parameters<Calls["findKeptHeads"]>) {
    return this.#call("findKeptHeads", args);
  }
  findKeptChain(...args: Parameters<Calls["findKeptChain"]>) {
    return this.#call("findKeptChain", args);
  }
  changeKept(...args: Parameters<Calls["changeKept"]>) {
    return this.#call("changeKept", args);
  }
  endKept(...args: Parameters<Calls["endKept"]>) {
    return this.#call("endKept", args);
  }
  deleteKept(...args: Parameters<Calls["deleteKept"]>) {
    return this.#call("deleteKept", args);
  }
  sweepKept(...args: Parameters<Calls["sweepKept"]>) {
    return this.#call("sweepKept", args);
  }

  fileKey(...args: Parameters<Calls["fileKey"]>) {
    return this.#call("fileKey", args);
  }
  insertFile(...args: Parameters<Calls["insertFile"]>) {
    return this.#call("insertFile", args);
  }
  checkFile(...args: Parameters<Calls["checkFile"]>) {
    return this.#call("checkFile", args);
  }
  findFile(...args: Parameters<Calls["findFile"]>) {
    return this.#call("findFile", args);
  }
  listFiles(...args: Parameters<Calls["listFiles"]>) {
    return this.#call("listFiles", args);
  }
  deleteFile(...args: Parameters<Calls["deleteFile"]>) {
    return this.#call("deleteFile", args);
  }
  sweepFiles(...args: Parameters<Calls["sweepFiles"]>) {
    return this.#call("sweepFiles", args);
  }
  listFileNames(...args: Parameters<Calls["listFileNames"]>) {
    return this.#call("listFileNames", args);
  }
  forgetFiles(...args: Parameters<Calls["forgetFiles"]>) {
    return this.#call("forgetFiles", args);
  }
  insertBatch(...args: Parameters<Calls["insertBatch"]>) {
    return this.#call("insertBatch", args);
  }
  findBatch(...args: Parameters<Calls["findBatch"]>) {
    return this.#call("findBatch", args);
  }
  listBatches(...args: Parameters<Calls["listBatches"]>) {
    return this.#call("listBatches", args);
  }
  cancelBatch(...args: Parameters<Calls["cancelBatch"]>) {
    return this.#call("cancelBatch", args);
  }
  claimBatches(...args: Parameters<Calls["claimBatches"]>) {
    return this.#call("claimBatches", args);
  }
  releaseBatches(...args: Parameters<Calls["releaseBatches"]>) {
    return this.#call("releaseBatches", args);
  }
  changeBatch(...args: Parameters<Calls["changeBatch"]>) {
    return this.#call("changeBatch", args);
  }
  sweepBatches(...args: Parameters<Calls["sweepBatches"]>) {
    return this.#call("sweepBatches", args);
  }
  renewLeases(...args: Parameters<Calls["renewLeases"]>) {
    return this.#call("renewLeases", args);
  }
  wantedMeters() {
    return this.#call("wantedMeters", []);
  }
  closeHolder(...args: Parameters<Calls["closeHolder"]>) {
    return this.#call("closeHolder", args);
  }
  insertEntry(...args: Parameters<Calls["insertEntry"]>) {
    return this.#call("insertEntry", args);
  }
  listEntries(...args: Parameters<Calls["listEntries"]>) {
    return this.#call("listEntries", args);
  }
  openMeters(...args: Parameters<Calls["openMeters"]>) {
    return this.#call("openMeters", args);
  }
  readMeters(...args: Parameters<Calls["readMeters"]>) {
    return this.#call("readMeters", args);
  }
  noteRefusals(...args: Parameters<Calls["noteRefusals"]>) {
    return this.#call("noteRefusals", args);
  }
  findRefusal(...args: Parameters<Calls["findRefusal"]>) {
    return this.#call("findRefusal", args);
  }
  sweepAccounts(...args: Parameters<Calls["sweepAccounts"]>) {
    return this.#call("sweepAccounts", args);
  }

  raiseAlert(...args: Parameters<Calls["raiseAlert"]>) {
    return this.#call("raiseAlert", args);
  }
  claimDeliveries(...args: Parameters<Calls["claimDeliveries"]>) {
    return this.#call("claimDeliveries", args);
  }
  endDelivery(...args: Parameters<Calls["endDelivery"]>) {
    return this.#call("endDelivery", args);
  }
  deferDelivery(...args: Parameters<Calls["deferDelivery"]>) {
    return this.#call("deferDelivery", args);
  }
  sweepAlerts(...args: Parameters<Calls["sweepAlerts"]>) {
    return this.#call("sweepAlerts", args);
  }

  insertConversation(...args: Parameters<Calls["insertConversation"]>) {
    return this.#call("insertConversation", args);
  }
  findConversation(...args: Parameters<Calls["findConversation"]>) {
    return this.#call("findConversation", args);
  }
  listConversations(...args: Parameters<Calls["listConversations"]>) {
    return this.#call("listConversations", args);
  }
  async searchConversations(...args: Parameters<Calls["searchConversations"]>) {
    if (this.#searches >= searchesMax)
      throw new SahabError(
        "overloaded",
        `${searchesMax} searches are under way, which is the limit; try again shortly`,
        {
          retryAfterS: 2,
        },
      );
    this.#searches++;
    try {
      return await this.#call("searchConversations", args);
    } finally {
      this.#searches--;
    }
  }
  changeConversation(...args: Parameters<Calls["changeConversation"]>) {
    return this.#call("changeConversation", args);
  }
  deleteConversation(...args: Parameters<Calls["deleteConversation"]>) {
    return this.#call("deleteConversation", args);
  }
  deleteConversations(...args: Parameters<Calls["deleteConversations"]>) {
    return this.#call("deleteConversations", args);
  }
  putMessages(...args: Parameters<Calls["putMessages"]>) {
    return this.#call("putMessages", args);
  }
  listMessages(...args: Parameters<Calls["listMessages"]>) {
    return this.#call("listMessages", args);
  }
  deleteMessage(...args: Parameters<Calls["deleteMessage"]>) {
    return this.#call("deleteMessage", args);
  }
  sweepConversations(...args: Parameters<Calls["sweepConversations"]>) {
    return this.#call("sweepConversations", args);
  }
  insertSession(...args: Parameters<Calls["insertSession"]>) {
    return this.#call("insertSession", args);
  }
  findSessionsByHash(...args: Parameters<Calls["findSessionsByHash"]>) {
    return this.#call("findSessionsByHash", args);
  }
  listSessions(...args: Parameters<Calls["listSessions"]>) {
    return this.#call("listSessions", args);
  }
  noteSessionUse(...args: Parameters<Calls["noteSessionUse"]>) {
    return this.#call("noteSessionUse", args);
  }
  endSession(...args: Parameters<Calls["endSession"]>) {
    return this.#call("endSession", args);
  }
  endSessions(...args: Parameters<Calls["endSessions"]>) {
    return this.#call("endSessions", args);
  }
  insertSignInLink(...args: Parameters<Calls["insertSignInLink"]>) {
    return this.#call("insertSignInLink", args);
  }
  findSignInLinksByHash(...args: Parameters<Calls["findSignInLinksByHash"]>) {
    return this.#call("findSignInLinksByHash", args);
  }
  takeSignInLink(...args: Parameters<Calls["takeSignInLink"]>) {
    return this.#call("takeSignInLink", args);
  }
  sweepSessions(...args: Parameters<Calls["sweepSessions"]>) {
    return this.#call("sweepSessions", args);
  }

  sumUsage(scope: Scope, query: UsageQuery, { signal }: { signal?: AbortSignal } = {}) {
    return this.#report(signal, (options) => this.#link.call("sumUsage", [scope, query], options));
  }
  sumUsageJson(scope: Scope, query: UsageQuery, { signal }: { signal?: AbortSignal } = {}) {
    return this.#report(signal, (options) => this.#link.call("sumUsageJson", [scope, query], options));
  }

  async #report<T>(signal: AbortSignal | undefined, call: (options: CallOptions) => Promise<T>): Promise<T> {
    if (this.#reports >= reportsMax) {
      throw new SahabError("overloaded", `${reportsMax} reports are under way, which is the limit; try again shortly`, {
        retryAfterS: 5,
      });
    }
    this.#reports++;
    try {
      return await call({ deadlineMs: this.#reportMs, late: this.#lateReport, signal });
    } finally {
      this.#reports--;
    }
  }

  drainJournal(...args: Parameters<Calls["drainJournal"]>) {
    return this.#call("drainJournal", args);
  }
  recoverJournal(dir: string) {
    return this.#call("recoverJournal", [dir], recoverMs);
  }
  recoverJournals(root: string) {
    return this.#call("recoverJournals", [root], recoverMs);
  }
  exportUsageDay(dir: string, beforeMs: number) {
    return this.#call("exportUsageDay", [dir, beforeMs], retireMs);
  }
  deleteUsageDay(dir: string) {
    return this.#call("deleteUsageDay", [dir], retireMs);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#restartTimer);
    await this.#link.close();
  }

  #call<M extends keyof Calls>(method: M, args: Parameters<Calls[M]>, deadlineMs = this.#callMs) {
    const late = () => storeUnavailable(`did not answer within ${deadlineMs} ms`);
    return this.#link.call(method, args, { deadlineMs, late });
  }

  readonly #lateReport = () =>
    new SahabError(
      "request_timeout",
      `The report was not ready within ${this.#reportMs / 1000} s; ask for a shorter time with since and until`,
      // Browsers send a request again on their own when they hear 408.
      { status: 504 },
    );

  #start(): ThreadLink {
    this.#startedMs = performance.now();
    return new ThreadLink({ log: this.#log }, this.#program, this.#location);
  }

  /** Starts the thread again whenever it ends by itself. */
  #watch(): void {
    void (async () => {
      const fault = await this.#link.ended();
      if (this.#isClosed) return;
      this.#restarts = performance.now() - this.#startedMs > healthyMs ? 0 : this.#restarts + 1;
      const restartInMs = Math.min(restartMs * 2 ** Math.max(0, this.#restarts - 1), restartMsMax);
      this.#log.error({ fault, restartInMs }, "the store's thread ended; keys in memory stay good until it is back");
      this.#restartTimer = setTimeout(() => void this.#restart(), restartInMs);
    })();
  }

  async #restart(): Promise<void> {
    this.#link = this.#start();
    try {
      await this.#link.opened();
    } catch (error) {
      this.#log.error({ err: error }, "the store's thread could not be started again");
      if (!this.#isClosed) await this.#link.close();
    }
    this.#watch();
  }
}
