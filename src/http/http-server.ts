import { limits } from "../base/limits.ts";
import type { BadRequest } from "./bad-request.ts";
import { ClientConnection, type ConnectionLimits } from "./client-connection.ts";
import type { HttpRequest } from "./http-request.ts";

const sweepMs = 500;

const defaultLimits: HttpServerLimits = {
  headBytesMax: 32 * 1024,
  headMs: 30_000,
  bodyMs: limits.uploadMsMax,
  idleMs: 75_000,
  stallMs: limits.clientStallMsMax,
  lingerMs: 3_000,
  lingerBytesMax: 64 * 1024 * 1024,
  connectionsMax: 20_000,
};

export interface HttpServerLimits extends ConnectionLimits {
  connectionsMax: number;
}

export interface HttpServerOptions {
  host: string;
  port: number;
  /** Other processes may listen on the same port and share its connections. */
  reusePort: boolean;
  limits?: Partial<HttpServerLimits>;
}

export interface HttpServerDeps {
  /** Called for each request; what it throws ends the connection. */
  handle(request: HttpRequest): void;
  /** The body of an answer to what is no request; JSON. */
  refuse(error: BadRequest): string;
}

/** A listening HTTP/1.1 server. */
export interface HttpServer {
  readonly port: number;
  readonly connectionCount: number;
  /** Accepts no more, lets answers under way be given, and resolves when all connections have ended. */
  drain(): Promise<void>;
  /** Ends everything at once. */
  close(): void;
}

/** Listens. Throws what the system says where it cannot, with its `code`, such as EADDRINUSE. */
export function listenHttp(deps: HttpServerDeps, options: HttpServerOptions): HttpServer {
  const own = { ...defaultLimits, ...options.limits };
  const connections = new Set<ClientConnection>();
  let emptied: (() => void) | undefined;
  const shared = {
    ...deps,
    limits: own,
    onClosed(connection: ClientConnection) {
      connections.delete(connection);
      if (connections.size === 0) emptied?.();
    },
  };
  const listener = Bun.listen<ClientConnection>({
    hostname: options.host.replace(/^\[|\]$/g, ""),
    port: options.port,
    // The runtime's types leave out that a listener may share its port, too.
    ...({ reusePort: options.reusePort } as object),
    allowHalfOpen: true,
    socket: {
      open(socket) {
        socket.setNoDelay(true);
        socket.data = new ClientConnection(socket, shared);
        connections.add(socket.data);
        if (connections.size > own.connectionsMax) socket.terminate();
      },
      data: (socket, chunk) => socket.data.onData(chunk),
      drain: (socket) => socket.data.onDrain(),
      end: (socket) => socket.data.onEnd(),
      close: (socket) => socket.data.onClose(),
      // What a handler throws comes here, too.
      error: (socket) => socket.data.abort(),
    },
  });
  const sweeping = setInterval(() => {
    const nowMs = performance.now();
    for (const connection of connections) connection.sweep(nowMs);
  }, sweepMs);
  return {
    port: listener.port,
    get connectionCount() {
      return connections.size;
    },
    async drain() {
      listener.stop();
      for (const connection of connections) connection.drain();
      if (connections.size > 0) await new Promise<void>((resolve) => (emptied = resolve));
      clearInterval(sweeping);
    },
    close() {
      clearInterval(sweeping);
      listener.stop(true);
      for (const connection of connections) connection.abort();
    },
  };
}
