import type { Socket } from "bun";
import { SahabError } from "../base/errors.ts";
import type { ProxyAddress } from "../base/proxy-address.ts";
import type { Attempt } from "../call/index.ts";
import { AddressBook, resolveBySystem, type Resolve } from "./address-book.ts";
import { dial, type DialPhase, type Route } from "./dial.ts";
import type { HttpAnswer } from "./http-answer.ts";
import { ConnectionClosed, HttpConnection, type RequestBody } from "./http-connection.ts";
import { describeRefusal } from "./open-tunnel.ts";
import { requestHead } from "./request-head.ts";
import type { TlsSettings } from "./tls-settings.ts";

/**
 * A connection idle for longer is not used again: many servers (uvicorn, and so vLLM; Node) close theirs after 5 s, and
 * a request sent into a closing connection is lost.
 */
const idleMs = 4_000;
/** A connection older than this takes no further request, so that a name that moves is followed within a minute. */
const ageMsMax = 45_000;
const idleConnectionsMax = 1024;
/** If a kept connection closes within this time of being used again, the server had already decided to close it. */
const raceMs = 100;

export interface PoolOptions {
  /** Scheme, host and port count. */
  address: URL;
  tls?: TlsSettings | undefined;
  proxy?: ProxyAddress | undefined;
  /** How names are looked up; the operating system's way by default. */
  resolve?: Resolve | undefined;
  /** How long a connection takes requests, and how long a name's addresses are remembered. */
  ageMsMax?: number | undefined;
  nameMsMax?: number | undefined;
}

interface SendOptions {
  attempt: Attempt;
  connectMs: number;
  /** The attempt's deadline for the answer, from when there is a connection with its handshake done. */
  answerMs: number;
}

/** Kept-alive connections to one server, plain or over TLS, direct or through a proxy. */
export class HttpPool {
  readonly #route: Route;
  readonly #addresses: AddressBook;
  readonly #ageMsMax: number;
  #idle: HttpConnection[] = [];
  #session: Buffer | undefined;
  #sweeping = false;

  constructor(options: PoolOptions) {
    const { address, proxy } = options;
    const isSecure = address.protocol === "https:";
    this.#route = {
      host: address.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, ""),
      port: Number(address.port) || (isSecure ? 443 : 80),
      tls: isSecure ? (options.tls ?? {}) : undefined,
      proxy,
    };
    this.#addresses = new AddressBook(options.resolve ?? resolveBySystem, options.nameMsMax);
    this.#ageMsMax = options.ageMsMax ?? ageMsMax;
  }

  /** The head of a request as `send` takes it, still without its length and the blank line. */
  requestHead(url: URL, headers: Readonly<Record<string, string>>, method?: string): string {
    return requestHead(url, headers, this.#forwarder, method);
  }

  /**
   * Sends a request; `head` ends with its blank line. Rejects with `upstream_unreachable`, `upstream_timeout` (no
   * connection within `connectMs`), a ConnectionClosed, an Error that names a fault in the answer's framing, or the reason
   * for which the attempt was cancelled.
   */
  async send(head: string, body: RequestBody, options: SendOptions): Promise<HttpAnswer> {
    const { attempt } = options;
    // A body that is read while it is sent cannot be sent once more.
    const kept = Array.isArray(body) ? this.#takeIdle() : undefined;
    if (kept) {
      attempt.allow(options.answerMs);
      const sentMs = performance.now();
      try {
        return this.#check(await kept.send(head, body, attempt));
      } catch (error) {
        // Closed at once and without a byte: the server closed the idle connection while the request was on its way, so
        // the request is sent once more, on a fresh connection. After a later close the server may have begun to serve it.
        const raced = error instanceof ConnectionClosed && error.untouched && performance.now() - sentMs < raceMs;
        if (!raced || attempt.reason) throw error;
      }
    }
    const connection = await this.#dial(options);
    attempt.allow(options.answerMs);
    return this.#check(await connection.send(head, body, attempt));
  }

  /** Opens a connection beside those that there are, and keeps it for the next request. Rejects as `send` does. */
  async open(options: Omit<SendOptions, "answerMs"> & { onPhase(phase: DialPhase): void }): Promise<void> {
    const connection = await this.#dial(options);
    connection.idleSinceMs = connection.openedMs;
    this.#keep(connection);
  }

  /** The proxy that requests go through. */
  get proxy(): ProxyAddress | undefined {
    return this.#route.proxy;
  }

  async #dial(options: Omit<SendOptions, "answerMs"> & { onPhase?(phase: DialPhase): void }): Promise<HttpConnection> {
    const { attempt } = options;
    const socket = await dial({ addresses: this.#addresses }, this.#route, { ...options, session: this.#session });
    const connection = new HttpConnection(socket, (idle) => this.#keep(idle));
    if (attempt.reason) connection.close();
    attempt.throwIfCancelled();
    return connection;
  }

  /** The proxy that gets the request itself: only TLS goes through a tunnel, since many proxies open none to other ports. */
  get #forwarder(): ProxyAddress | undefined {
    return this.#route.tls ? undefined : this.#route.proxy;
  }

  /** What the forwarding proxy says on its own behalf is not the server's answer. */
  #check(answer: HttpAnswer): HttpAnswer {
    const proxy = this.#forwarder;
    if (!proxy || answer.status !== 407) return answer;
    void answer.cancel();
    throw new SahabError(
      "upstream_unreachable",
      `the proxy ${proxy.host}:${proxy.port}: ${describeRefusal(answer.status)}`,
    );
  }

  #takeIdle(): HttpConnection | undefined {
    for (let connection = this.#idle.pop(); connection; connection = this.#idle.pop()) {
      if (this.#isFresh(connection, performance.now())) return connection;
      connection.close();
    }
    return undefined;
  }

  #isFresh(connection: HttpConnection, nowMs: number): boolean {
    const isYoung = nowMs - connection.openedMs < this.#ageMsMax;
    return connection.usable && isYoung && nowMs - connection.idleSinceMs < idleMs;
  }

  #keep(connection: HttpConnection): void {
    // The server's ticket comes after the handshake, so it is there when the first answer is.
    if (this.#route.tls && !connection.reused) this.#session = sessionOf(connection.socket) ?? this.#session;
    if (this.#idle.length >= idleConnectionsMax || !this.#isFresh(connection, connection.idleSinceMs)) {
      connection.close();
      return;
    }
    this.#idle.push(connection);
    if (!this.#sweeping) this.#sweepLater();
  }

  /** Closes connections that have been idle too long. */
  #sweep(): void {
    this.#sweeping = false;
    const nowMs = performance.now();
    this.#idle = this.#idle.filter((connection) => {
      if (this.#isFresh(connection, nowMs)) return true;
      connection.close();
      return false;
    });
    if (this.#idle.length > 0) this.#sweepLater();
  }

  #sweepLater(): void {
    this.#sweeping = true;
    setTimeout(() => this.#sweep(), idleMs).unref();
  }
}

/** The runtime returns the session, although its types say nothing of it. */
function sessionOf(socket: Socket<unknown>): Buffer | undefined {
  const session: unknown = socket.getSession();
  return Buffer.isBuffer(session) ? session : undefined;
}
