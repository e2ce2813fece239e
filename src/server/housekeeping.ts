import { systemClock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Snapshot } from "../config/index.ts";
import type { ContentLog, createGateway, KeptReasoning, StoredAnswers } from "../gateway/index.ts";
import { sessionIdleMs, type KeyRing, type StoreThread } from "../ledger/index.ts";
import type { ServedConfig } from "./served-config.ts";

/**
 * A configuration or key that another process or machine has changed is noticed after this time at the latest, and taken over within two seconds.
 * One statement each time.
 */
const pollMs = 1_000;
/** How often it is noted when keys were last used. A crash forgets what was not noted yet. */
const noteKeyUsesMs = 60_000;
/** Between two such calls the store answers others; one takes about 10 ms. */
const keyUsesPerCall = 500;
/** How often what has expired is deleted; one process does it for all. */
const sweepMs = 60_000;
/** Alerts are remembered for so long after their windows, as meters are: late records may still come from a journal. */
const alertsKeptMs = 40 * 24 * 3_600_000;
const dayMs = 24 * 3_600_000;

interface HousekeepingDeps {
  store: StoreThread;
  keys: KeyRing;
  log: Log;
  served: ServedConfig;
  snapshot(): Pick<Snapshot, "console">;
  contentLog: ContentLog;
  reasoning: KeptReasoning;
  answers: StoredAnswers;
  gateway: Pick<ReturnType<typeof createGateway>, "sweepFiling">;
}

/** What a process does by the clock: it takes over what others have changed, notes when keys were used, and deletes what has expired. */
export class Housekeeping {
  readonly #deps: HousekeepingDeps;
  readonly #options: { contentDir: string; sweeps: boolean };
  #storeAnswers = true;
  #isPolling = false;
  #timers: Timer[] = [];

  /** `sweeps`: whether this process deletes for all of them what has expired. */
  constructor(deps: HousekeepingDeps, options: { contentDir: string; sweeps: boolean }) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Whether the store answered when it was last asked. */
  get storeAnswers(): boolean {
    return this.#storeAnswers;
  }

  run(): void {
    this.#timers = [
      setInterval(() => this.#poll(), pollMs),
      setInterval(() => void this.noteKeyUses(), noteKeyUsesMs),
      ...(this.#options.sweeps ? [setInterval(() => this.#sweep(), sweepMs)] : []),
    ];
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  /** Also for the end of a process. */
  async noteKeyUses(): Promise<void> {
    const { keys, store, log } = this.#deps;
    const uses = keys.takeUses();
    try {
      for (let at = 0; at < uses.length; at += keyUsesPerCall)
        await store.noteKeyUses(uses.slice(at, at + keyUsesPerCall));
    } catch (error) {
      log.warn({ err: error }, "when keys were last used could not be noted");
    }
  }

  #poll(): void {
    this.#deps.served.retryAdminKey();
    // A store that does not answer is waited for longer than that.
    if (this.#isPolling) return;
    this.#isPolling = true;
    void this.#takeOver().finally(() => (this.#isPolling = false));
  }

  async #takeOver(): Promise<void> {
    const { served, log } = this.#deps;
    try {
      if (await served.isStale()) await served.reload();
      this.#storeAnswers = true;
    } catch (error) {
      if (this.#storeAnswers)
        log.error({ err: error }, "the store does not answer; keys and configuration stay as they were last seen");
      this.#storeAnswers = false;
    }
  }

  #sweep(): void {
    const { store, log, contentLog, reasoning, answers, gateway } = this.#deps;
    try {
      contentLog.sweep(systemClock.now());
    } catch (error) {
      log.warn({ err: error, folder: this.#options.contentDir }, "old prompts and answers could not be deleted");
    }
    store
      .sweepKept(systemClock.now(), [...reasoning.bounds, ...answers.bounds])
      .then(() => gateway.sweepFiling())
      .then(() => store.sweepAccounts(systemClock.now()))
      .then(() => store.sweepAlerts(systemClock.now() - alertsKeptMs))
      .then(() => {
        const { conversation_days: days } = this.#deps.snapshot().console ?? {};
        const nowMs = systemClock.now();
        return store.sweepConversations(nowMs, days === undefined ? undefined : nowMs - days * dayMs);
      })
      .then(() => store.sweepSessions(systemClock.now(), systemClock.now() - sessionIdleMs))
      .catch((error: unknown) => log.warn({ err: error }, "what has expired could not be deleted"));
  }
}
