import type { Socket, SocketHandler } from "bun";
import { AddressRanges } from "../base/address-ranges.ts";
import type { SahabError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { Refusals } from "../base/refusals.ts";
import { acceptTls, type Encrypted, type ServerTls } from "./accept-tls.ts";
import type { BadRequest } from "./bad-request.ts";
import { ClientConnection, type ConnectionLimits } from "./client-connection.ts";
import { connectionsByDescriptors } from "./connections-by-descriptors.ts";
import { parseClientAddress } from "./client-address.ts";
import { Crowd, type CrowdLimits } from "./crowd.ts";
import { FailedKeys } from "./failed-keys.ts";
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
  connectionsMax: Math.min(limits.connectionsMax, connectionsByDescriptors()),
  aheadBytesTotalMax: limits.aheadBytesTotalMax,
  uploadBytesTotalMax: limits.uploadBytesTotalMax,
};

export interface HttpServerLimits extends ConnectionLimits, CrowdLimits {}

export interface HttpServerOptions {
  host: string;
  port: number;
  /** Other processes may listen on the same port and share its connections. */
  reusePort: boolean;
  limits?: Partial<HttpServerLimits>;
  trustedProxies?: AddressRanges;
  /** Without it, plain HTTP is spoken. */
  tls?: ServerTls | undefined;
}

export interface HttpServerDeps {
  /** Called for each request; what it throws ends the connection. */
  handle(request: HttpRequest): void;
  /**
   * The body of an answer to what is no request, or one more than its client may have; JSON. `head` is the beginning of what came, as latin1.
   */
  refuse(error: BadRequest | SahabError, head?: string): string;
  refusals: Refusals;
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
  const crowd = new Crowd(deps, own);
  const shared = {
    ...deps,
    limits: own,
    crowd,
    failedKeys: new FailedKeys(deps),
    trustedProxies: options.trustedProxies ?? new AddressRanges(),
    onClosed(connection: ClientConnection) {
      connections.delete(connection);
      if (connections.size === 0) emptied?.();
    },
  };
  const begin = (socket: Socket<ClientConnection>, remoteAddress: string) => {
    socket.data = new ClientConnection(socket, parseClientAddress(remoteAddress) ?? nowhere, shared);
    connections.add(socket.data);
    if (!crowd.admit(socket.data)) socket.terminate();
  };
  const handlers: SocketHandler<ClientConnection> = {
    data: (socket, chunk) => socket.data.onData(chunk),
    drain: (socket) => socket.data.onDrain(),
    end: (socket) => socket.data.onEnd(),
    close: (socket) => socket.data.onClose(),
    // What a handler throws comes here, too.
    error: (socket) => socket.data.abort(),
  };
  const place = {
    hostname: options.host.replace(/^\[|\]$/g, ""),
    port: options.port,
    // The runtime's types leave out that a listener may share its port, too.
    ...({ reusePort: options.reusePort } as object),
    allowHalfOpen: true,
  };
  const { tls } = options;
  const listener = tls
    ? Bun.listen<Encrypted>({ ...place, socket: acceptTls({ tls, handlers, refusals: deps.refusals, begin }) })
    : Bun.listen<ClientConnection>({
        ...place,
        socket: {
          ...handlers,
          open(socket) {
            socket.setNoDelay(true);
            begin(socket, socket.remoteAddress);
          },
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

/** A client that was gone before it could be asked. */
const nowhere = { text: "unknown", project: "unknown", keyId: "unknown" };
