/** What of the Web Locks API is used: it exists only where a page is of a secure origin, such as https or 127.0.0.1. */
export interface Locks {
  request(name: string, options: { signal: AbortSignal }, callback: () => Promise<void>): Promise<unknown>;
}

/** What the window that holds the connection tells the others. */
type Told =
  | { type: "hello"; from: string }
  | { type: "event"; name: string; data: string; to?: string }
  | { type: "lost" | "refused" };

/**
 * An event source of all windows of a browser together: one of them, which holds a lock, has the connection and tells the others what it
 * hears; when it closes, the next one connects. A browser has six connections for one server over HTTP/1.1, and a window that held one each
 * would leave none for requests. Looks like an `EventSource`: `readyState`, `close` and events by name. States: connecting ⇄ open → closed.
 */
export class SharedEvents extends EventTarget {
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSED = 2;
  readonly #id = crypto.getRandomValues(new Uint32Array(4)).join("-");
  readonly #channel: BroadcastChannel;
  readonly #leaving = new AbortController();
  readonly #names: readonly string[];
  #readyState = 0;
  #source: EventSource | undefined;
  /** The greeting of the connection that is open; a window that comes later is given it. */
  #ready: string | undefined;
  #release: (() => void) | undefined;

  /** `names` are those of the events; the first tells that the connection is there. */
  constructor(
    { open, locks }: { open(): EventSource; locks: Locks },
    { channel, names }: { channel: string; names: readonly string[] },
  ) {
    super();
    this.#names = names;
    this.#channel = new BroadcastChannel(channel);
    this.#channel.addEventListener("message", (event: Event) => this.#hear((event as MessageEvent<Told>).data));
    this.#send({ type: "hello", from: this.#id });
    locks
      .request(channel, { signal: this.#leaving.signal }, () => this.#lead(open))
      // The wait for the lock was given up.
      .catch(() => undefined);
  }

  get readyState(): number {
    return this.#readyState;
  }

  close(): void {
    if (this.#readyState === this.CLOSED) return;
    this.#readyState = this.CLOSED;
    this.#leaving.abort();
    this.#source?.close();
    this.#channel.close();
    this.#release?.();
  }

  /** Settles when another window may connect. */
  #lead(open: () => EventSource): Promise<void> {
    if (this.#readyState === this.CLOSED) return Promise.resolve();
    const source = (this.#source = open());
    for (const name of this.#names)
      source.addEventListener(name, (event: Event) => {
        const { data } = event as MessageEvent<string>;
        if (name === this.#names[0]) this.#ready = data;
        this.#send({ type: "event", name, data });
        this.#tell(name, data);
      });
    source.addEventListener("error", () => {
      this.#ready = undefined;
      const isRefused = source.readyState === source.CLOSED;
      this.#send({ type: isRefused ? "refused" : "lost" });
      this.#fail(isRefused);
    });
    return new Promise((resolve) => (this.#release = resolve));
  }

  #hear(told: Told): void {
    if (this.#readyState === this.CLOSED) return;
    if (told.type === "hello") {
      const [name] = this.#names;
      if (this.#ready !== undefined && name !== undefined)
        this.#send({ type: "event", name, data: this.#ready, to: told.from });
    } else if (told.type === "event") {
      if (told.to === undefined || told.to === this.#id) this.#tell(told.name, told.data);
    } else this.#fail(told.type === "refused");
  }

  #tell(name: string, data: string): void {
    this.#readyState = this.OPEN;
    this.dispatchEvent(new MessageEvent(name, { data }));
  }

  #fail(isRefused: boolean): void {
    if (isRefused) this.close();
    else this.#readyState = this.CONNECTING;
    this.dispatchEvent(new Event("error"));
  }

  #send(told: Told): void {
    // A channel is of one origin anyway; only a window's messages take a target.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    this.#channel.postMessage(told);
  }
}
