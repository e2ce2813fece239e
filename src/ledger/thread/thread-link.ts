import { SahabError } from "../../base/errors.ts";
import type { LineLog } from "../insert-fitting.ts";
import { decodeFailure, storeUnavailable } from "./failure.ts";
import type { StoreLocation } from "../store/open-store.ts";
import type { Calls, FromThread, ToThread } from "./messages.ts";

/** Calls that wait for their answer: as many as requests may be in flight, which the thread answers in about a second. */
const waitingMax = 20_000;
/** Migrations of a large database take minutes. */
const openMs = 600_000;
/** What is under way in the thread ends within milliseconds; a database on a hanging disk may not close at all. */
const closeMs = 5_000;

const threadEnded = "does not answer, because its thread has ended";

export interface CallOptions {
  /** After this time the caller hears `late`, and the thread ends the call if it can. */
  deadlineMs: number;
  late: () => Error;
  signal?: AbortSignal | undefined;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** One life of the store's thread: opening → open → ended. */
export class ThreadLink {
  readonly #worker: Worker;
  readonly #log: LineLog;
  readonly #opened = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #isEnded = false;
  /** What the thread threw, where that ended it. */
  #fault: string | undefined;

  /** `program` is the file that the thread runs. */
  constructor(deps: { log: LineLog }, program: string, location: StoreLocation) {
    this.#log = deps.log;
    // `smol`: a small heap, collected more often.
    this.#worker = new Worker(program, { smol: true });
    // The process does not stay for the thread's sake.
    this.#worker.unref();
    this.#worker.addEventListener("message", (event: MessageEvent<FromThread>) => this.#receive(event.data));
    this.#worker.addEventListener("error", (event) => {
      this.#fault = event.message;
    });
    this.#worker.addEventListener("close", () => this.#end());
    this.#opened.promise.catch(() => undefined);
    this.#send({ type: "open", location });
  }

  /** Resolves when the database is open; rejects with the reason why it cannot be opened. */
  async opened(): Promise<void> {
    const timer = setTimeout(() => this.#opened.reject(storeUnavailable(`did not open in ${openMs} ms`)), openMs);
    try {
      await this.#opened.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves when the thread has ended, for whatever reason, with what it threw. */
  async ended(): Promise<string | undefined> {
    await this.#ended.promise;
    return this.#fault;
  }

  /** Calls that have no answer yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  call<M extends keyof Calls>(
    method: M,
    args: Parameters<Calls[M]>,
    options: CallOptions,
  ): Promise<Awaited<ReturnType<Calls[M]>>> {
    const { deadlineMs, late, signal } = options;
    if (this.#isEnded) return Promise.reject(storeUnavailable(threadEnded));
    if (this.#waiting.size >= waitingMax)
      return Promise.reject(storeUnavailable(`has ${waitingMax} calls waiting, which is the limit`));
    if (signal?.aborted) return Promise.reject(leftByCaller());
    const id = this.#nextId++;
    return new Promise<unknown>((resolve, reject) => {
      const finish = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
        this.#waiting.delete(id);
      };
      const giveUp = (error: Error) => {
        this.#waiting.get(id)?.reject(error);
        this.#send({ type: "cancel", id });
      };
      const onAbort = () => giveUp(leftByCaller());
      const timer = setTimeout(() => giveUp(late()), deadlineMs);
      signal?.addEventListener("abort", onAbort);
      this.#waiting.set(id, {
        resolve: (value) => (finish(), resolve(value)),
        reject: (error) => (finish(), reject(error)),
      });
      this.#send({ type: "call", id, method, args });
    }) as Promise<Awaited<ReturnType<Calls[M]>>>;
  }

  /** Closes the database and ends the thread. One that is stuck is left to end with the process. */
  async close(): Promise<void> {
    this.#send({ type: "close" });
    const timer = setTimeout(() => {
      this.#log.error({}, "the database did not close in time; what it has not written is still in the journal");
      this.#terminate();
    }, closeMs);
    await this.#ended.promise;
    clearTimeout(timer);
  }

  #send(message: ToThread): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows; a thread has no origin
    if (!this.#isEnded) this.#worker.postMessage(message);
  }

  #receive(message: FromThread): void {
    switch (message.type) {
      case "opened":
        this.#opened.resolve();
        break;
      case "not-opened":
        this.#opened.reject(decodeFailure(message.failure));
        break;
      case "closed":
        this.#terminate();
        break;
      case "value":
        this.#waiting.get(message.id)?.resolve(message.value);
        break;
      case "failure":
        this.#waiting.get(message.id)?.reject(decodeFailure(message.failure));
        break;
      case "log":
        this.#log[message.level](message.fields, message.text);
        break;
    }
  }

  #terminate(): void {
    this.#worker.terminate();
    // A thread that is stuck in a call of the system does not end before that does; nobody waits for it.
    this.#end();
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    for (const { reject } of this.#waiting.values()) reject(storeUnavailable(threadEnded));
    this.#opened.reject(storeUnavailable(`ended while it opened (${this.#fault ?? "no reason is known"})`));
    this.#ended.resolve();
  }
}

function leftByCaller(): SahabError {
  return new SahabError("client_closed_request", "The report was given up because its client left");
}
