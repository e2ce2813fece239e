import type { SahabError } from "../base/errors.ts";
import type { Tenant } from "../base/shares.ts";
import type { ClientAddress } from "./client-address.ts";
import type { HeaderLines } from "./header-lines.ts";
import type { RequestHead } from "./request-head.ts";

/** A request as its handler sees it. The handler gives one answer: `answer` or `stream`, at any later time. */
export interface HttpRequest {
  /** `HEAD` is handed on as `GET`; the body of its answer is left out. */
  readonly method: string;
  readonly isHead: boolean;
  /** Path and query. */
  readonly target: string;
  readonly path: string;
  /** Who has sent it, by every rule that goes by addresses. */
  readonly address: ClientAddress;
  /** `host` is what the client calls this server. */
  readonly headers: Pick<RequestHead, "get" | "entries" | "pick" | "host">;
  /**
   * The whole body without its content coding, at once where it has come already. Called once at most. Throws or rejects
   * with `body_too_large` as soon as more than `bytesMax` are announced or have come, coded or decoded, with
   * `unsupported_encoding`, with `request_timeout`, with `client_closed_request` where the client leaves first, with
   * `invalid_request` where it is framed or coded wrongly, and with what the watcher throws.
   */
  readBody(bytesMax: number, watcher?: RequestWatcher): Buffer | Promise<Buffer>;
  /**
   * The body in pieces, for one that is never held whole; called instead of `readBody`. `take` gets each piece in turn, and no more come
   * until its promise has resolved. Rejects as `readBody` does, with what `take` throws, and with `unsupported_encoding` for a coded body.
   */
  readPieces(bytesMax: number, take: (piece: Buffer) => Promise<void> | undefined): Promise<void>;
  /** Sets who is told, once, when the client leaves before the answer is complete, or has left already. */
  watch(watcher: Pick<RequestWatcher, "cancel">): void;
  /** Headers of the answer, whatever it will be, beside those that it is given with. */
  addHeaders(lines: HeaderLines): void;
  /** Gives the whole answer. */
  answer(status: number, headers: HeaderLines, body: Uint8Array | string): void;
  /** Begins an answer whose body comes in pieces. Its head leaves with the first piece. */
  stream(status: number, headers: HeaderLines): BodySink;
  /** To be asked once the answer is given, or has ended: resolves when the system has taken all of it, or the client has left; undefined where it has. */
  whenSent(): Promise<void> | undefined;
  /** Cuts the connection, where no answer can be given. */
  abort(): void;
}

/** Whoever serves a request. One object that is there anyway, since functions would be made anew for each request. */
export interface RequestWatcher {
  /** The request's project and key, for shares; `nobody` by default. */
  readonly tenant?: Tenant;
  /** Told of bytes of the body before they are kept; what it throws ends the reading. */
  holdBody(bytes: number): void;
  /** The client has left (`client_closed_request`), or reads nothing of its answer any more (`request_timeout`). */
  cancel(reason: SahabError): void;
}

/** Where the pieces of an answer's body go. After the client has left all calls do nothing. */
export interface BodySink {
  /** Undefined when the system has taken all; otherwise resolves when it has, or when the client has left. */
  write(bytes: Uint8Array | string): Promise<void> | undefined;
  /** Ends the body properly. What the system has not taken yet leaves later. */
  end(last?: Uint8Array | string): void;
  /** Cuts the connection, so that the body is seen to be incomplete. */
  abort(): void;
}
