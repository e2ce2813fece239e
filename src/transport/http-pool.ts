import { SahabError } from "../base/errors.ts";
import type { Attempt } from "../call/index.ts";
import type { HttpAnswer } from "./http-answer.ts";
import { ConnectionClosed, HttpConnection } from "./http-connection.ts";

/**
 * A connection idle for longer is not used again: many servers (uvicorn, and so vLLM; Node) close theirs after 5 s, and
 * a request sent into a closing connection is lost.
 */
const idleMs = 4_000;
const idleConnectionsMax = 1024;
/** If a kept connection closes within this time of being used again, the server had already decided to close it. */
const raceMs = 100;

interface PoolOptions {
  hostname: string;
  port: number;
}

/** Kept-alive connections to one address, plain HTTP. */
export class HttpPool {
  readonly #options: PoolOptions;
  #idle: HttpConnection[] = [];
  #sweeping = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /**
   * Sends a request; `head` ends with its blank line. Rejects with `upstream_unreachable`, `upstream_timeout` (no
   * connection within `connectMs`), a ConnectionClosed, or the reason for which the attempt was cancelled.
   */
  async send(
    head: string,
    body: readonly Uint8Array[],
    options: { attempt: Attempt; connectMs: number; onConnected(): void },
  ): Promise<HttpAnswer> {
    const { attempt } = options;
    const kept = this.#takeIdle();
    if (kept) {
      options.onConnected();
      const sentMs = performance.now();
      try {
        return await kept.send(head, body, attempt);
      } catch (error) {
        // Closed at once and without a byte: the server closed the idle connection while the request was on its way, so
        // the request is sent once more, on a fresh connection. After a later close the server may have begun to serve it.
        const raced = error instanceof ConnectionClosed && error.untouched && performance.now() - sentMs < raceMs;
        if (!raced || attempt.reason) throw error;
      }
    }
    const connection = await this.#connect(options.connectMs, attempt);
    if (attempt.reason) connection.close();
    attempt.throwIfCancelled();
    options.onConnected();
    return connection.send(head, body, attempt);
  }

  #takeIdle(): HttpConnection | undefined {
    for (let connection = this.#idle.pop(); connection; connection = this.#idle.pop()) {
      if (connection.usable && Date.now() - connection.idleSinceMs < idleMs) return connection;
      connection.close();
    }
    return undefined;
  }

  async #connect(connectMs: number, attempt: Attempt): Promise<HttpConnection> {
    attempt.throwIfCancelled();
    const gaveUp = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => gaveUp.reject(new SahabError("upstream_timeout", `no connection was accepted within ${connectMs} ms`)),
      connectMs,
    );
    attempt.onCancel((reason) => gaveUp.reject(reason));
    const connecting = this.#open();
    try {
      return await Promise.race([connecting, gaveUp.promise]);
    } catch (error) {
      // A connection that opens after the time limit is no longer needed.
      connecting.then(
        (late) => late.close(),
        () => undefined,
      );
      throw error;
    } finally {
      clearTimeout(timer);
      attempt.onCancel(undefined);
    }
  }

  async #open(): Promise<HttpConnection> {
    let connection: HttpConnection | undefined;
    try {
      const socket = await Bun.connect({
        ...this.#options,
        socket: {
          data: (_socket, chunk) => connection?.onData(chunk),
          drain: () => connection?.onDrain(),
          close: () => connection?.onClose(),
          end: (socket) => {
            socket.terminate();
            connection?.onClose();
          },
          error: () => connection?.onClose(),
        },
      });
      socket.setNoDelay(true);
      connection = new HttpConnection(socket, (idle) => this.#keep(idle));
      return connection;
    } catch (cause) {
      const code = (cause as { code?: unknown }).code;
      throw new SahabError(
        "upstream_unreachable",
        `it cannot be reached (${typeof code === "string" ? code : "no reason given"})`,
        { cause },
      );
    }
  }

  #keep(connection: HttpConnection): void {
    if (this.#idle.length >= idleConnectionsMax) {
      connection.close();
      return;
    }
    this.#idle.push(connection);
    if (!this.#sweeping) this.#sweepLater();
  }

  /** Closes connections that have been idle too long. */
  #sweep(): void {
    this.#sweeping = false;
    const nowMs = Date.now();
    this.#idle = this.#idle.filter((connection) => {
      if (connection.usable && nowMs - connection.idleSinceMs < idleMs) return true;
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
