import type { SahabError } from "../base/errors.ts";
import type { BodySink, HttpRequest, RequestWatcher } from "../http/index.ts";
import type { Caller } from "../ledger/index.ts";

/** What a queued request's answer came to. */
export interface QueuedAnswer {
  status: number;
  body: string;
}

/** A request that is served without its client: it has come whole, and its answer goes to whoever waits for `answered`. */
export class QueuedRequest implements HttpRequest {
  readonly method: string;
  readonly isHead = false;
  readonly target: string;
  readonly path: string;
  readonly address: HttpRequest["address"];
  readonly headers: HttpRequest["headers"];
  /** Of a request that came without a key; see ActingRequest. */
  readonly caller: Caller | undefined;
  readonly #body: Buffer;
  readonly #answered = Promise.withResolvers<QueuedAnswer>();
  #watcher: Pick<RequestWatcher, "cancel"> | undefined;
  #cancelled: SahabError | undefined;

  /** `client` is the request that the client sent, or what stands for it; `body` is what is to be served of it. */
  constructor(
    client: Pick<HttpRequest, "method" | "target" | "path" | "address" | "headers">,
    body: Buffer,
    caller?: Caller,
  ) {
    this.method = client.method;
    this.target = client.target;
    this.path = client.path;
    this.address = client.address;
    this.headers = client.headers;
    this.caller = caller;
    this.#body = body;
  }

  get answered(): Promise<QueuedAnswer> {
    return this.#answered.promise;
  }

  get bodyBytes(): number {
    return this.#body.length;
  }

  /** Gives it up, as a client that leaves. */
  cancel(reason: SahabError): void {
    this.#cancelled ??= reason;
    this.#watcher?.cancel(reason);
  }

  readBody(_bytesMax: number, watcher?: RequestWatcher): Buffer {
    watcher?.holdBody(this.#body.length);
    return this.#body;
  }

  readPieces(_bytesMax: number, take: (piece: Buffer) => Promise<void> | undefined): Promise<void> {
    return take(this.#body) ?? Promise.resolve();
  }

  watch(watcher: Pick<RequestWatcher, "cancel">): void {
    this.#watcher = watcher;
    if (this.#cancelled) watcher.cancel(this.#cancelled);
  }

  addHeaders(): void {
    // Nobody reads them.
  }

  answer(status: number, _headers: unknown, body: Uint8Array | string): void {
    this.#answered.resolve({ status, body: typeof body === "string" ? body : Buffer.from(body).toString() });
  }

  /** A queued request is served whole; a dialect that streams it all the same is taken at its word. */
  stream(status: number): BodySink {
    let text = "";
    const take = (bytes: Uint8Array | string) => {
      text += typeof bytes === "string" ? bytes : Buffer.from(bytes).toString();
    };
    return {
      write(bytes) {
        take(bytes);
        return undefined;
      },
      end: (last) => {
        if (last !== undefined) take(last);
        this.answer(status, undefined, text);
      },
      abort: () => this.abort(),
    };
  }

  whenSent(): undefined {
    return undefined;
  }

  abort(): void {
    this.#answered.reject(new Error("the request was given up"));
  }
}
