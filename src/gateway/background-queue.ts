import { SahabError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { RoundRobin } from "../base/round-robin.ts";
import { Shares, type Tenant } from "../base/shares.ts";
import type { Operation } from "../call/index.ts";
import type { StoredAnswerTerms } from "../config/index.ts";
import type { KeptAnswer } from "../dialect/dialect.ts";
import type { QueuedRequest } from "./queued-request.ts";
import { keyOf, type AnswerOwner } from "./answer-rows.ts";
import type { StoredAnswers } from "./stored-answers.ts";

/** Requests that are served at once; others wait, in turns between projects. A vendor's answer may take minutes. */
const runningMax = 64;
/** Requests that wait or are served, and bytes of their bodies, shared between projects. */
const placesMax = 2_000;
const bodyBytesMax = 256 * 1024 * 1024;
/** How often it is looked whether another process has cancelled what this one works on. */
const watchMs = 2_000;

/** A request in the background. */
export interface BackgroundJob {
  owner: AnswerOwner;
  id: string;
  operation: Operation;
  tenant: Tenant;
  request: QueuedRequest;
  terms: StoredAnswerTerms;
}

export interface BackgroundDeps {
  answers: StoredAnswers;
  log: Log;
  /** Serves the request in the normal way. Resolves when it has ended, with the answer if there is one to keep. */
  serve(job: BackgroundJob): Promise<KeptAnswer | undefined>;
}

/**
 * Requests whose clients do not wait. Each is kept as `queued` before it is here. Where this process ends, what is not done is
 * `cancelled`; where it crashes, the next start marks it as failed.
 */
export class BackgroundQueue {
  readonly #deps: BackgroundDeps;
  readonly #waiting = new RoundRobin<BackgroundJob>();
  /** All jobs, waiting or running, by the name of their answer. */
  readonly #jobs = new Map<string, BackgroundJob>();
  readonly #places = new Shares(placesMax);
  readonly #bytes = new Shares(bodyBytesMax);
  readonly #served = new Shares(runningMax);
  readonly #running = new Set<Promise<void>>();
  #watchTimer: ReturnType<typeof setInterval> | undefined;
  #isStopping = false;

  constructor(deps: BackgroundDeps) {
    this.#deps = deps;
  }

  /** Takes a place for a request that is about to be kept. Throws `rate_limit_exceeded`, `overloaded` or `shutting_down`. */
  take(tenant: Tenant, bytes: number): void {
    if (this.#isStopping) throw shuttingDown();
    const bound = this.#places.take(tenant, 1) ?? this.#takeBytes(tenant, bytes);
    if (bound === undefined) return;
    if (bound === "total")
      throw new SahabError("overloaded", "As many requests wait in the background as may; try again later", {
        retryAfterS: 5,
      });
    throw new SahabError(
      "rate_limit_exceeded",
      `This ${bound} has its share of the requests that may wait in the background; try again when some have ended`,
      { retryAfterS: 5 },
    );
  }

  /** Gives a place back that no job has. */
  release(tenant: Tenant, bytes: number): void {
    this.#places.release(tenant, 1);
    this.#bytes.release(tenant, bytes);
  }

  /** Serves a request for which there is a place, when its turn comes. Throws `shutting_down`; the place is the caller's then. */
  add(job: BackgroundJob): void {
    if (this.#isStopping) throw shuttingDown();
    this.#jobs.set(nameOf(job.owner, job.id), job);
    this.#waiting.add(job.tenant, job);
    this.#watchTimer ??= setInterval(() => void this.#watch(), watchMs);
    this.#next();
  }

  /** Ends the work on an answer that was cancelled or deleted, where this process works on it. One that waits gives back its place. */
  end(owner: AnswerOwner, id: string): void {
    const job = this.#jobs.get(nameOf(owner, id));
    if (!job) return;
    if (this.#waiting.remove(job.tenant, job)) this.#leave(job);
    else job.request.cancel(new SahabError("client_closed_request", "The answer was cancelled"));
  }

  /** Takes no more, and cancels what waits. What is being served may go on until requests are ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (let job = this.#waiting.take(); job; job = this.#waiting.take()) {
      await this.#cancel(job);
      this.#leave(job);
    }
  }

  /** Resolves when nothing is being served any more. */
  async stopped(): Promise<void> {
    await Promise.all(this.#running);
    clearInterval(this.#watchTimer);
  }

  #takeBytes(tenant: Tenant, bytes: number) {
    const bound = this.#bytes.take(tenant, bytes);
    if (bound !== undefined) this.#places.release(tenant, 1);
    return bound;
  }

  #next(): void {
    // What waits is cancelled then.
    if (this.#isStopping) return;
    // Those of projects that have their share of what is served.
    const later: BackgroundJob[] = [];
    while (this.#running.size < runningMax) {
      const job = this.#waiting.take();
      if (!job) break;
      if (this.#served.take(job.tenant, 1) !== undefined) {
        later.push(job);
        continue;
      }
      const running = this.#run(job).finally(() => {
        this.#running.delete(running);
        this.#served.release(job.tenant, 1);
        this.#leave(job);
        this.#next();
      });
      this.#running.add(running);
    }
    for (const job of later) this.#waiting.add(job.tenant, job);
  }

  async #run(job: BackgroundJob): Promise<void> {
    const { answers, log } = this.#deps;
    const { owner, id, request } = job;
    try {
      if (!(await answers.begin(owner, id))) return;
      const [kept, { body }] = await Promise.all([this.#deps.serve(job), request.answered]);
      if (!kept && this.#isStopping) await answers.cancel(owner, id);
      else await answers.end(owner, id, kept ?? { status: "failed", answer: body }, job.terms);
    } catch (error) {
      log.error({ err: error, answer: id }, "the answer to a request in the background could not be kept");
      await answers.end(owner, id, { status: "failed", answer: undefined }).catch(() => undefined);
    }
  }

  async #cancel({ owner, id }: BackgroundJob): Promise<void> {
    try {
      await this.#deps.answers.cancel(owner, id);
    } catch (error) {
      this.#deps.log.error({ err: error, answer: id }, "a request in the background could not be marked as cancelled");
    }
  }

  #leave({ owner, id, tenant, request }: BackgroundJob): void {
    this.#jobs.delete(nameOf(owner, id));
    this.release(tenant, request.bodyBytes);
    if (this.#jobs.size > 0) return;
    clearInterval(this.#watchTimer);
    this.#watchTimer = undefined;
  }

  /** Ends the work on what was cancelled or deleted by another process. */
  async #watch(): Promise<void> {
    const byProject = Map.groupBy(this.#jobs.values(), ({ owner }) => owner.project);
    for (const [project, jobs] of byProject) {
      try {
        const keys = jobs.map(({ owner, id }) => keyOf(owner, id));
        const unfinished = await this.#deps.answers.findUnfinished(project, keys);
        for (const { owner, id } of jobs) if (!unfinished.has(keyOf(owner, id).id)) this.end(owner, id);
      } catch {
        // The store reports its own failures; the next look is in two seconds.
      }
    }
  }
}

function nameOf(owner: AnswerOwner, id: string): string {
  return `${owner.project} ${keyOf(owner, id).id}`;
}

function shuttingDown(): SahabError {
  return new SahabError("shutting_down", "Sahab is shutting down; send the request again", { retryAfterS: 1 });
}
