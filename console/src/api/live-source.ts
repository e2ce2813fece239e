import type { UsageRecord } from "./schema.d.ts";

/** What `GET /admin/v1/events` tells; see its description. */
export interface LiveEvents {
  /** Also after each new connection: what was missed meanwhile is to be read anew. */
  ready: { now: string };
  request: UsageRecord;
  missed: object;
  budget: { accounts: string[] };
  changed: { version: number };
  health: { store: boolean; resting: object[]; engines: { name: string; state: string }[] };
  pull: object;
}

export type LiveHandlers = { [Name in keyof LiveEvents]?: (data: LiveEvents[Name]) => void };

const names = ["ready", "request", "missed", "budget", "changed", "health", "pull"] as const;
/** A browser tries again by itself unless it was refused. */
const refusedWaitMs = 5_000;
/** A page that follows another one takes over its connection. */
const lingerMs = 1_000;

/** One connection for all that listen in this window. States: closed ⇄ connecting ⇄ open. */
class LiveSource {
  readonly #handlers = new Set<LiveHandlers>();
  readonly #watchers = new Set<() => void>();
  #source: EventSource | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOpen = false;

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Calls the handlers from now on; returns what ends that. */
  readonly listen = (handlers: LiveHandlers): (() => void) => {
    this.#handlers.add(handlers);
    clearTimeout(this.#timer);
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

  #connect(): void {
    if (this.#source) return;
    const source = new EventSource("/admin/v1/events");
    this.#source = source;
    source.addEventListener("error", () => {
      this.#setOpen(false);
      if (source.readyState !== EventSource.CLOSED) return;
      this.#source = undefined;
      this.#timer = setTimeout(() => this.#handlers.size > 0 && this.#connect(), refusedWaitMs);
    });
    for (const name of names)
      source.addEventListener(name, ({ data }: MessageEvent<string>) => {
        if (name === "ready") this.#setOpen(true);
        const value = JSON.parse(data) as never;
        for (const handlers of this.#handlers) (handlers[name] as ((data: never) => void) | undefined)?.(value);
      });
  }

  #close(): void {
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

export const liveSource = new LiveSource();
