import type { UsageRecord } from "./schema.d.ts";

/** What `GET /admin/v1/events` tells; see its description. */
export interface LiveEvents {
  /** To each listener at its start, and after each new connection: what was missed meanwhile is to be read anew. */
  ready: { now: string };
  request: UsageRecord;
  missed: object;
  budget: { accounts: string[] };
  changed: { version: number };
  health: { store: boolean; resting: object[]; engines: { name: string; state: string }[] };
}

export type LiveHandlers = { [Name in keyof LiveEvents]?: (data: LiveEvents[Name]) => void };

/** `ready` comes first on each connection. */
export const eventNames = ["ready", "request", "missed", "budget", "changed", "health"] as const;
/** A browser tries again by itself unless it was refused. */
const refusedWaitMs = 5_000;
/** A page that follows another one takes over its connection. */
const lingerMs = 1_000;
/** A browser has six connections for one server over HTTP/1.1: windows that nobody sees must not hold one. */
const hiddenWaitMs = 10_000;

/** What of an `EventSource` is used. */
export interface Events extends Pick<EventTarget, "addEventListener"> {
  readonly CLOSED: number;
  readonly readyState: number;
  close(): void;
}

interface LiveSourceDeps {
  open(): Events;
  /** Whether nobody sees this window. */
  isHidden(): boolean;
  /** The connection is lost, or was refused: the server may be down, or the session over. */
  onLost(): void;
}

/** One connection for all that listen in this window, while it is seen. States: closed ⇄ connecting ⇄ open. */
export class LiveSource {
  readonly #deps: LiveSourceDeps;
  readonly #hiddenWaitMs: number;
  readonly #handlers = new Set<LiveHandlers>();
  readonly #watchers = new Set<() => void>();
  #source: Events | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #hiddenTimer: ReturnType<typeof setTimeout> | undefined;
  #isOpen = false;

  constructor(deps: LiveSourceDeps, options: { hiddenWaitMs?: number } = {}) {
    this.#deps = deps;
    this.#hiddenWaitMs = options.hiddenWaitMs ?? hiddenWaitMs;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Calls the handlers from now on; returns what ends that. */
  readonly listen = (handlers: LiveHandlers): (() => void) => {
    this.#handlers.add(handlers);
    clearTimeout(this.#timer);
    if (this.#isOpen) handlers.ready?.({ now: new Date().toISOString() });
    this.#connect();
    return () => {
      this.#handlers.delete(handlers);
      if (this.#handlers.size === 0) this.#timer = setTimeout(() => this.#close(), lingerMs);
    };
  };

  /** Calls back whenever `isOpen` changes. */
  readonly watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  };

  /** To be called when the window is hidden or seen again. */
  readonly noteVisibility = (): void => {
    clearTimeout(this.#hiddenTimer);
    if (this.#deps.isHidden()) this.#hiddenTimer = setTimeout(() => this.#close(), this.#hiddenWaitMs);
    else if (this.#handlers.size > 0) this.#connect();
  };

  /** To be called when the page is left. A browser that keeps it for the way back would keep its connection, too. */
  readonly noteLeft = (): void => this.#close();

  #connect(): void {
    if (this.#source || this.#deps.isHidden()) return;
    const source = this.#deps.open();
    this.#source = source;
    source.addEventListener("error", () => {
      this.#setOpen(false);
      this.#deps.onLost();
      if (source.readyState !== source.CLOSED) return;
      this.#source = undefined;
      this.#timer = setTimeout(() => this.#handlers.size > 0 && this.#connect(), refusedWaitMs);
    });
    for (const name of eventNames)
      source.addEventListener(name, (event: Event) => {
        if (name === "ready") this.#setOpen(true);
        const value = JSON.parse((event as MessageEvent<string>).data) as never;
        for (const handlers of this.#handlers) (handlers[name] as ((data: never) => void) | undefined)?.(value);
      });
  }

  #close(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#hiddenTimer);
    this.#source?.close();
    this.#source = undefined;
    this.#setOpen(false);
  }

  #setOpen(isOpen: boolean): void {
    if (this.#isOpen === isOpen) return;
    this.#isOpen = isOpen;
    for (const watcher of this.#watchers) watcher();
  }
}
