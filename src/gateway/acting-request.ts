import type { BodySink, HeaderLines, HttpRequest, RequestWatcher } from "../http/index.ts";
import type { Caller } from "../ledger/index.ts";
import { QueuedRequest } from "./queued-request.ts";

/**
 * A request whose caller is known before the gateway sees it, such as an admin's on behalf of a project. All but its path is the client's
 * own request; no key is looked for in it.
 */
export class ActingRequest implements HttpRequest {
  readonly caller: Caller;
  readonly target: string;
  readonly path: string;
  readonly #client: HttpRequest;

  /** `path` is what the gateway is to serve; the query stays. */
  constructor(client: HttpRequest, { caller, path }: { caller: Caller; path: string }) {
    this.#client = client;
    this.caller = caller;
    this.path = path;
    this.target = path + client.target.slice(client.path.length);
  }

  get method(): string {
    return this.#client.method;
  }

  get isHead(): boolean {
    return this.#client.isHead;
  }

  get address(): HttpRequest["address"] {
    return this.#client.address;
  }

  get headers(): HttpRequest["headers"] {
    return this.#client.headers;
  }

  readBody(bytesMax: number, watcher?: RequestWatcher): Buffer | Promise<Buffer> {
    return this.#client.readBody(bytesMax, watcher);
  }

  readPieces(bytesMax: number, take: (piece: Buffer) => Promise<void> | undefined): Promise<void> {
    return this.#client.readPieces(bytesMax, take);
  }

  watch(watcher: Pick<RequestWatcher, "cancel">): void {
    this.#client.watch(watcher);
  }

  addHeaders(lines: HeaderLines): void {
    this.#client.addHeaders(lines);
  }

  answer(status: number, headers: HeaderLines, body: Uint8Array | string): void {
    this.#client.answer(status, headers, body);
  }

  stream(status: number, headers: HeaderLines): BodySink {
    return this.#client.stream(status, headers);
  }

  whenSent(): Promise<void> | undefined {
    return this.#client.whenSent();
  }

  abort(): void {
    this.#client.abort();
  }
}

/** The caller of a request that comes without a key; undefined for all others. */
export function actingCallerOf(request: HttpRequest): Caller | undefined {
  return request instanceof ActingRequest || request instanceof QueuedRequest ? request.caller : undefined;
}
