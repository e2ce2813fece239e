import type { Clock } from "../../base/clock.ts";
import type { BudgetPeriod } from "../../base/declared-terms.ts";
import { newId, randomText } from "../../base/ids.ts";
import type { Log } from "../../base/log.ts";
import { formatNano, type Nano } from "../../base/money.ts";
import type { ProxySettings } from "../../base/proxy-address.ts";
import { alertPercents, type AlertHook } from "../../config/index.ts";
import type { AlertDelivery, Store } from "../../ledger/index.ts";
import type { Resolve } from "../../transport/index.ts";
import { hookHost, hookName } from "./hook-name.ts";
import { postAlert } from "./post-alert.ts";

const lookMs = 5_000;
/** A process that has not ended a delivery by then is taken for dead. */
const leaseMs = 60_000;
/** Each takes 15 s at most, so that all end well within the lease. */
const claimsMax = 16;
/** Deliveries that wait; of alerts beyond, the log alone tells. */
const waitingMax = 10_000;
/** Pauses grow threefold, up to four hours, until the alert is a day old. */
const firstPauseMs = 10_000;
const pauseMsMax = 4 * 3_600_000;
const givenUpMs = 24 * 3_600_000;
/** What this process has raised or found raised. The store knows all of them. */
const knownMax = 10_000;

interface AlertsDeps {
  store: Pick<Store, "raiseAlert" | "claimDeliveries" | "endDelivery" | "deferDelivery">;
  clock: Clock;
  log: Log;
  /** Those of the configuration as it is now. */
  hooks: () => readonly AlertHook[];
  /** The name of a key by its id, for people. */
  keyName?: ((keyId: string) => string | undefined) | undefined;
}

interface AlertsOptions {
  proxies: ProxySettings;
  /** How names are looked up; the operating system's way by default. */
  resolve?: Resolve | undefined;
  /** For tests. */
  lookMs?: number;
  firstPauseMs?: number;
}

/** That spending of an account has reached a part of a budget. Times are milliseconds since 1970. */
export interface BudgetAlert {
  meterId: string;
  account: string;
  measure: "budget" | "balance";
  window: { period: BudgetPeriod; startMs: number; endMs: number };
  percent: number;
  spent: Nano;
  limit: Nano;
  currency: string;
  /** The budget only warns. */
  isSoft: boolean;
}

/** What is known of a budget's meter; `Meter` of the ledger is one. */
interface WatchedMeter {
  readonly terms: {
    id: string;
    account: string;
    measure: string;
    currency: string;
    startMs: number;
    endMs: number;
    period?: BudgetPeriod;
  };
  readonly limit: bigint | undefined;
  readonly soft: readonly bigint[];
  readonly news: Readonly<{ spent: Nano; credit: Nano }> | undefined;
}

/**
 * Tells of budgets that are nearly used up: in the log, and by webhooks. Each alert is raised once for all processes that share the store;
 * what is to be sent waits there, and one process at a time tries it, so that it survives a restart and arrives at least once. Repeats
 * have the same id.
 */
export class Alerts {
  readonly #deps: AlertsDeps;
  readonly #options: Required<Omit<AlertsOptions, "resolve">> & Pick<AlertsOptions, "resolve">;
  /** A life of its own: one that was given up must not be taken for its successor. */
  readonly #owner = randomText(16);
  readonly #known = new Set<string>();
  readonly #abort = new AbortController();
  #timer: ReturnType<typeof setInterval> | undefined;
  #looking: Promise<void> | undefined;

  constructor(deps: AlertsDeps, options: AlertsOptions) {
    this.#deps = deps;
    this.#options = { lookMs, firstPauseMs, ...options };
  }

  /**
   * The store has said something new of a meter: raises what its spending has reached. Sessions are left out, since there are too many of
   * them and their agents hear of it themselves.
   */
  note({ terms, limit, soft, news }: WatchedMeter): void {
    const { id, account, measure, currency, startMs, endMs, period = "total" } = terms;
    if (!news || (measure !== "budget" && measure !== "balance") || account.startsWith("session:")) return;
    const { spent } = news;
    const hard = measure === "balance" ? news.credit : limit;
    const bounds = [...soft.map((amount) => ({ amount, isSoft: true })), { amount: hard ?? 0n, isSoft: false }];
    for (const { amount, isSoft } of bounds) {
      if (amount <= 0n) continue;
      const window = { period, startMs, endMs };
      const about = { meterId: id, account, measure, window, spent, limit: amount, currency, isSoft } as const;
      for (const percent of this.#percents)
        if (spent * 100n >= amount * BigInt(percent)) void this.raise({ ...about, percent });
    }
  }

  /** The percentages of all webhooks. Without webhooks, the default ones, which only the log reports. */
  get #percents(): ReadonlySet<number> {
    const hooks = this.#deps.hooks();
    return new Set(hooks.length === 0 ? alertPercents : hooks.flatMap(({ at }) => at));
  }

  /** Tells of it, unless this or another process has done so. Never rejects: without the store, the next news of the meter tries again. */
  async raise(alert: BudgetAlert): Promise<void> {
    const { meterId, account, percent, spent, limit, currency, window } = alert;
    const key = `${percent} ${limit} ${meterId}`;
    if (this.#known.has(key)) return;
    if (this.#known.size >= knownMax) this.#known.clear();
    this.#known.add(key);
    const id = newId("alt");
    const name = account.startsWith("key:") ? this.#deps.keyName?.(account.slice("key:".length)) : undefined;
    const body = JSON.stringify(encodeAlert(id, { ...alert, name }, this.#deps.clock.now()));
    const hooks = this.#deps.hooks().filter(({ at }) => at.includes(percent));
    const { store, log } = this.#deps;
    try {
      const row = { id, meterId, percent, limit, endMs: window.endMs, body };
      const { isFirst, isQueued } = await store.raiseAlert(row, hooks.map(hookName), waitingMax);
      if (!isFirst) return;
      const amounts = { spent: formatNano(spent), limit: formatNano(limit), currency };
      log.warn(
        { account, ...(name !== undefined && { name }), window: window.period, percent, ...amounts },
        "a budget has reached a percentage that alerts are for",
      );
      if (!isQueued)
        log.warn({ account, percent }, `${waitingMax} alerts wait for their webhooks already; this one is not sent`);
      else if (hooks.length > 0) this.#wake();
    } catch (error) {
      this.#known.delete(key);
      log.debug({ err: error }, "an alert could not be raised");
    }
  }

  /** Sends a test to each webhook at once, whatever its percentages are. */
  test(): Promise<{ host: string; failure: string | undefined }[]> {
    const time = new Date(this.#deps.clock.now()).toISOString();
    const body = JSON.stringify({ id: newId("alt"), type: "test", time });
    return Promise.all(
      this.#deps.hooks().map(async (hook) => ({ host: hookHost(hook), failure: await this.#post(hook, body) })),
    );
  }

  run(): void {
    this.#timer = setInterval(() => this.#wake(), this.#options.lookMs);
  }

  /** Gives up what is under way; others, or the next start, try it again. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#abort.abort();
    await this.#looking;
  }

  #wake(): void {
    if (this.#timer === undefined || this.#deps.hooks().length === 0) return;
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    const claim = { owner: this.#owner, leaseMs, countMax: claimsMax };
    try {
      for (;;) {
        const deliveries = await this.#deps.store.claimDeliveries(claim);
        await Promise.all(deliveries.map((delivery) => this.#deliver(delivery)));
        if (deliveries.length < claimsMax || this.#abort.signal.aborted) return;
      }
    } catch {
      // A store that does not answer is told of elsewhere; the next look is soon.
    }
  }

  async #deliver(delivery: AlertDelivery): Promise<void> {
    const { store, log, clock } = this.#deps;
    const hook = this.#deps.hooks().find((one) => hookName(one) === delivery.hook);
    // The configuration does not name it any more.
    if (!hook) return store.endDelivery(delivery, this.#owner);
    const failure = await this.#post(hook, delivery.body);
    if (failure === undefined) return store.endDelivery(delivery, this.#owner);
    const about = { alert: delivery.id, webhook: hookHost(hook), reason: failure };
    if (clock.now() - delivery.createdMs >= givenUpMs) {
      log.warn(about, "an alert could not be sent for a day, and is given up");
      return store.endDelivery(delivery, this.#owner);
    }
    const pauseMs = Math.min(this.#options.firstPauseMs * 3 ** Math.min(delivery.tries, 20), pauseMsMax);
    const isStopping = this.#abort.signal.aborted;
    if (!isStopping) log.warn({ ...about, againInS: Math.round(pauseMs / 1000) }, "an alert could not be sent");
    return store.deferDelivery(delivery, this.#owner, isStopping ? 0 : pauseMs);
  }

  #post(hook: AlertHook, body: string): Promise<string | undefined> {
    const { proxies, resolve } = this.#options;
    const nowMs = this.#deps.clock.now();
    return postAlert(hook, body, { proxies, resolve, signal: this.#abort.signal, nowMs });
  }
}

/** What is sent: amounts are decimals, and a window without a start or an end has null there. */
function encodeAlert(id: string, alert: BudgetAlert & { name: string | undefined }, nowMs: number): object {
  const { account, name, measure, window, percent, spent, limit, currency, isSoft } = alert;
  return {
    id,
    type: "budget",
    time: new Date(nowMs).toISOString(),
    account,
    ...(name !== undefined && { account_name: name }),
    measure,
    window: window.period,
    start: window.period === "total" ? null : new Date(window.startMs).toISOString(),
    end: window.period === "total" ? null : new Date(window.endMs).toISOString(),
    percent,
    spent: formatNano(spent),
    limit: formatNano(limit),
    currency,
    soft: isSoft,
  };
}
