import { SahabError } from "../base/errors.ts";
import type { Tenant } from "../base/shares.ts";
import { QueuePlaces } from "./child/queue-places.ts";
import { DoorVisit } from "./door-visit.ts";
import type { DoorFrame } from "./door.ts";
import { decodeError } from "./protocol.ts";

/** Requests of one process that may wait for a model that is not loaded; as many as wait in a loaded one. */
const waitingMax = 256;
const retryAfterS = 5;

interface Waiter<Connection> {
  sinceMs: number;
  isBackground: boolean;
  resolve(connection: Connection): void;
  reject(error: SahabError): void;
}

interface Options {
  name: string;
  /** See EngineClient. */
  doorPath: string | undefined;
  waitMs: number;
}

interface Deps<Connection> {
  /** Connects, or rejects when the engine does not serve. */
  open(): Promise<Connection>;
  /** Why the supervisor has given up on the engine, if it has. */
  readFailure(): string | undefined;
}

/**
 * Requests that wait until an engine serves. All share one attempt to connect, which goes on as long as one waits; each has its own time. The
 * door hears how many there are, so that a model that sleeps is loaded, and for how long they may wait.
 */
export class WaitForEngine<Connection> {
  readonly #deps: Deps<Connection>;
  readonly #options: Options;
  readonly #waiters = new Set<Waiter<Connection>>();
  readonly #places: QueuePlaces;
  #waitMs: number;
  #isTrying = false;
  #visit: DoorVisit | undefined;
  /** Ends a pause between two attempts. */
  #wake: () => void = () => undefined;

  constructor(deps: Deps<Connection>, options: Options) {
    this.#deps = deps;
    this.#options = options;
    this.#waitMs = options.waitMs;
    const total = waitingMax;
    this.#places = new QueuePlaces("requests that wait for it to be loaded", {
      name: options.name,
      total,
      log: () => undefined,
    });
  }

  /** Resolves with undefined when the signal aborts first. Throws `overloaded` when too many wait or it takes too long. */
  async wait(tenant: Tenant, signal: AbortSignal): Promise<Connection | undefined> {
    this.#places.take(tenant);
    const { promise, resolve, reject } = Promise.withResolvers<Connection | undefined>();
    const waiter = { sinceMs: performance.now(), isBackground: tenant.isBackground === true, resolve, reject };
    this.#waiters.add(waiter);
    this.#tellDoor();
    const onAbort = () => resolve(undefined);
    signal.addEventListener("abort", onAbort, { once: true });
    if (!this.#isTrying) void this.#keepTrying();
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#places.release(tenant);
      this.#waiters.delete(waiter);
      this.#tellDoor();
      if (this.#waiters.size === 0) this.#wake();
    }
  }

  /** All that wait fail. */
  fail(error: SahabError): void {
    for (const { reject } of this.#waiters) reject(error);
    this.#waiters.clear();
    this.#wake();
  }

  async #keepTrying(): Promise<void> {
    this.#isTrying = true;
    this.#waitMs = this.#options.waitMs;
    for (let pauseMs = 10; this.#waiters.size > 0; pauseMs = Math.min(pauseMs * 2, 200)) {
      try {
        const connection = await this.#deps.open();
        for (const { resolve } of this.#waiters) resolve(connection);
        this.#waiters.clear();
        break;
      } catch {
        const failure = this.#deps.readFailure();
        if (failure !== undefined)
          this.fail(new SahabError("engine_unavailable", `Model ${this.#options.name} cannot run: ${failure}`));
      }
      await this.#goToDoor();
      await this.#pause(Math.min(pauseMs, this.#expire()));
    }
    this.#isTrying = false;
    this.#visit?.close();
    this.#visit = undefined;
  }

  /** Refuses whoever has waited for too long; returns how long the next may wait still. */
  #expire(): number {
    const nowMs = performance.now();
    let leftMs = Infinity;
    for (const waiter of this.#waiters) {
      const ofThisMs = waiter.sinceMs + this.#waitMs - nowMs;
      if (ofThisMs > 0) leftMs = Math.min(leftMs, ofThisMs);
      else {
        this.#waiters.delete(waiter);
        waiter.reject(this.#tooLong());
      }
    }
    return this.#waiters.size === 0 ? 0 : leftMs;
  }

  #tooLong(): SahabError {
    const { name, waitMs } = this.#options;
    const waitS = this.#waitMs / 1000;
    return this.#waitMs === waitMs
      ? new SahabError("engine_unavailable", `Model ${name} did not become ready within ${waitS} s`, { retryAfterS })
      : new SahabError("overloaded", `Model ${name} was not loaded within ${waitS} s: other models hold the memory`, {
          retryAfterS,
        });
  }

  async #goToDoor(): Promise<void> {
    const { doorPath } = this.#options;
    if (doorPath === undefined || this.#visit?.isOpen) return;
    try {
      this.#visit = await DoorVisit.open(doorPath, (frame) => this.#hear(frame));
      this.#tellDoor();
    } catch {
      // The first process is not there yet, or no more.
    }
  }

  #hear(frame: DoorFrame): void {
    if ("waitMs" in frame) this.#waitMs = frame.waitMs;
    else if ("ready" in frame) this.#wake();
    else this.fail(decodeError(frame.error));
  }

  #tellDoor(): void {
    if (!this.#visit?.isOpen) return;
    let background = 0;
    for (const { isBackground } of this.#waiters) if (isBackground) background++;
    this.#visit.tell({ model: this.#options.name, users: this.#waiters.size - background, background });
  }

  async #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#wake = resolve;
    await promise;
    clearTimeout(timer);
  }
}
