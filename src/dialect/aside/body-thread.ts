import { join } from "node:path";
import { SahabError } from "../../base/errors.ts";
import { RoundRobin } from "../../base/round-robin.ts";
import { Shares, type Tenant } from "../../base/shares.ts";
import type { Done, FromThread, Task, TaskRequest, ToThread } from "./messages.ts";

/** Bodies that wait, shared between projects and keys. They are held anyway; this bounds how long the queue is. */
const waitingBytesMax = 256 * 1024 * 1024;
/** How long a body waits for its turn: as long as a client waits for a slow first token. */
const waitMsMax = 30_000;
/** The dearest bodies of the largest size take up to 3 s where nothing else runs. */
const taskMsMax = 20_000;
/** After this time without a body the thread ends, so that its memory is given back. Starting it takes 30 ms. */
const idleMsMax = 10_000;

export interface BodyThreadOptions {
  /** For tests: another program for the thread, and shorter times. */
  program?: string;
  waitMs?: number;
  taskMs?: number;
  idleMs?: number;
}

/** The owner of a body, and whether the result is still wanted. */
export interface TaskOwner {
  readonly tenant: Tenant;
  isOver(): boolean;
}

/** A task that was done: the body again, and what became of it. */
export interface TaskEnd {
  body: Buffer;
  done: Done;
}

interface Job {
  readonly request: TaskRequest;
  readonly task: Task;
  readonly body: Uint8Array;
  readonly owner: TaskOwner;
  readonly timer: Timer;
  state: "waiting" | "running" | "over";
  resolve(end: TaskEnd): void;
  reject(error: unknown): void;
}

interface BodyThreadDeps {
  log: { error(fields: object, text: string): void };
}

/**
 * The thread that does for large bodies what takes time in proportion to them, so that nobody's body holds up another's
 * stream. One body at a time, which bounds the memory that parsing takes; projects take turns.
 *
 * It is started for the first body, and ended when none has come for a while. A body is with the thread or here, never in
 * both places: its memory is handed over. A thread that crashes, or takes too long for a task, takes the body with it; the
 * request fails, and the next one gets a new thread.
 */
export class BodyThread {
  readonly #log: BodyThreadDeps["log"];
  readonly #program: string;
  readonly #waitMs: number;
  readonly #taskMs: number;
  readonly #idleMs: number;
  readonly #queue = new RoundRobin<Job>();
  readonly #shares = new Shares(waitingBytesMax);
  #worker: Worker | undefined;
  #running: Job | undefined;
  #taskTimer: Timer | undefined;
  #idleTimer: Timer | undefined;
  #isClosed = false;

  constructor({ log }: BodyThreadDeps, options: BodyThreadOptions = {}) {
    this.#log = log;
    this.#program = options.program ?? join(import.meta.dir, "main.ts");
    this.#waitMs = options.waitMs ?? waitMsMax;
    this.#taskMs = options.taskMs ?? taskMsMax;
    this.#idleMs = options.idleMs ?? idleMsMax;
  }

  /** Bytes of the bodies that wait. */
  get waitingBytes(): number {
    return this.#shares.held;
  }

  /**
   * Does a task. Rejects with `overloaded` where the body's turn does not come; then it is still here. Rejects with another
   * error where the thread was lost, and the body with it. Whoever is over before it begins gets `client_closed_request`.
   */
  run(request: TaskRequest, task: Task, body: Uint8Array, owner: TaskOwner): Promise<TaskEnd> {
    if (this.#isClosed) return Promise.reject(new SahabError("shutting_down", "Sahab is shutting down"));
    const bound = this.#shares.take(owner.tenant, body.length);
    if (bound) return Promise.reject(noRoom(bound));
    const { promise, resolve, reject } = Promise.withResolvers<TaskEnd>();
    const timer = setTimeout(() => this.#giveUp(job), this.#waitMs);
    const job: Job = { request, task, body, owner, timer, state: "waiting", resolve, reject };
    this.#queue.add(owner.tenant, job);
    if (!this.#running) this.#next();
    return promise;
  }

  close(): void {
    this.#isClosed = true;
    const error = new SahabError("shutting_down", "Sahab is shutting down; send the request again", { retryAfterS: 1 });
    this.#running?.reject(error);
    for (let job = this.#queue.take(); job; job = this.#queue.take()) this.#leave(job, error);
    this.#endThread();
  }

  #next(): void {
    clearTimeout(this.#taskTimer);
    this.#running = undefined;
    for (let job = this.#queue.take(); job; job = this.#queue.take()) {
      if (job.owner.isOver()) this.#leave(job, new SahabError("client_closed_request", "The request was cancelled"));
      else return this.#begin(job);
    }
    this.#idleTimer = setTimeout(() => this.#endThread(), this.#idleMs);
    this.#idleTimer.unref();
  }

  #begin(job: Job): void {
    this.#release(job);
    job.state = "running";
    this.#running = job;
    clearTimeout(this.#idleTimer);
    this.#worker ??= this.#startThread();
    const body = ownMemory(job.body);
    const message: ToThread = { request: job.request, task: job.task, body };
    this.#worker.postMessage(message, [body]);
    this.#taskTimer = setTimeout(
      () => this.#lose(`a body of ${body.byteLength} bytes took longer than ${this.#taskMs} ms`),
      this.#taskMs,
    );
  }

  #startThread(): Worker {
    // `smol`: a small heap, collected more often.
    const worker = new Worker(this.#program, { smol: true });
    // The process does not stay for the thread's sake.
    worker.unref();
    worker.addEventListener("message", ({ data: { body, ...done } }: MessageEvent<FromThread>) => {
      if (worker !== this.#worker) return;
      this.#running?.resolve({ body: Buffer.from(body), done });
      this.#next();
    });
    const lose = (why: string) => {
      if (worker === this.#worker) this.#lose(why);
    };
    worker.addEventListener("error", ({ message }) => lose(message));
    worker.addEventListener("close", () => lose("the thread ended"));
    return worker;
  }

  /** Ends the thread together with its task; the next body gets a new one. */
  #lose(why: string): void {
    this.#log.error({ why }, "the thread for large bodies was lost; its request fails");
    this.#endThread();
    this.#running?.reject(new Error(`the thread for large bodies was lost: ${why}`));
    this.#next();
  }

  #endThread(): void {
    clearTimeout(this.#idleTimer);
    clearTimeout(this.#taskTimer);
    const worker = this.#worker;
    this.#worker = undefined;
    worker?.terminate();
  }

  #giveUp(job: Job): void {
    this.#leave(job, new SahabError("overloaded", "Too many large bodies wait before this one", { retryAfterS: 5 }));
  }

  /** What has waited goes without having been begun. */
  #leave(job: Job, error: SahabError): void {
    if (job.state !== "waiting") return;
    this.#queue.remove(job.owner.tenant, job);
    this.#release(job);
    job.state = "over";
    job.reject(error);
  }

  #release({ timer, owner, body }: Job): void {
    clearTimeout(timer);
    this.#shares.release(owner.tenant, body.length);
  }
}

function noRoom(bound: string): SahabError {
  const whose = bound === "total" ? "Sahab has" : `This ${bound} has`;
  return new SahabError("overloaded", `${whose} as many large bodies waiting as it may; try again shortly`, {
    retryAfterS: 1,
  });
}

/** The memory of a body that is nobody else's: its own, or a copy of the part of another's. */
function ownMemory(body: Uint8Array): ArrayBuffer {
  const { buffer } = body;
  const isWhole = buffer instanceof ArrayBuffer && body.length === buffer.byteLength;
  return isWhole ? buffer : new Uint8Array(body).buffer;
}
