import { SahabError } from "../../base/errors.ts";
import { Shares, type Tenant } from "../../base/shares.ts";

type Log = (message: string, fields: Record<string, unknown>) => void;

const logPauseMs = 1_000;

/** Bounds how many requests wait, or are under way, for all together; projects and their keys share the places. */
export class QueuePlaces {
  readonly #what: string;
  readonly #name: string;
  readonly #total: number;
  readonly #shares: Shares;
  readonly #log: Log;
  #loggedMs = Number.NEGATIVE_INFINITY;
  #unlogged = 0;

  /** `what` the places are for, as a refusal says it: "requests waiting". */
  constructor(what: string, options: { name: string; total: number; log: Log }) {
    this.#what = what;
    this.#name = options.name;
    this.#total = options.total;
    this.#shares = new Shares(options.total);
    this.#log = options.log;
  }

  /** Throws `overloaded` and names the share that is full. */
  take(tenant: Tenant): void {
    const bound = this.#shares.take(tenant, 1);
    if (bound === undefined) return;
    this.#unlogged++;
    const nowMs = performance.now();
    if (nowMs - this.#loggedMs >= logPauseMs) {
      this.#loggedMs = nowMs;
      this.#log("a request found no place in the queue", {
        reason: `queue_full_${bound}`,
        ...tenant,
        refused: this.#unlogged,
      });
      this.#unlogged = 0;
    }
    const { held } = this.#shares;
    const full = {
      total: "",
      project: `, ${this.#shares.heldBy(tenant.project)} of them from this project, whose share is full`,
      key: `, ${this.#shares.heldBy(tenant.project, tenant.keyId)} of them from this key, whose share is full`,
    };
    throw new SahabError(
      "overloaded",
      `Model ${this.#name} has ${held} ${this.#what}${full[bound]}; at most ${this.#total} are allowed`,
      { retryAfterS: 5 },
    );
  }

  release(tenant: Tenant): void {
    this.#shares.release(tenant, 1);
  }
}
