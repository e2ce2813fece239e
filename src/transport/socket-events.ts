import type { Socket, SocketHandler } from "bun";

/** What happens to a socket, told to whoever owns it at the moment: the dial that opens it, then the connection on it. */
export interface SocketEvents {
  /** The TCP connection is there; a TLS handshake follows where one was asked for. */
  onOpen?(socket: Socket<SocketOwner>): void;
  /** The error is null where the runtime trusts the server. */
  onHandshake?(socket: Socket<SocketOwner>, error: Error | null): void;
  onData(bytes: Buffer): void;
  /** The socket takes bytes again. */
  onDrain(): void;
  onClose(error?: Error): void;
}

/** The socket's `data`. */
export interface SocketOwner {
  events: SocketEvents;
}

export const socketHandlers: SocketHandler<SocketOwner> = {
  open: (socket) => socket.data.events.onOpen?.(socket),
  handshake: (socket, isTrusted, error) =>
    socket.data.events.onHandshake?.(socket, error ?? (isTrusted ? null : new Error("no reason given"))),
  data: (socket, bytes) => socket.data.events.onData(bytes),
  drain: (socket) => socket.data.events.onDrain(),
  close: (socket, error) => socket.data.events.onClose(error),
  end(socket) {
    socket.terminate();
    socket.data.events.onClose();
  },
  error(socket, error) {
    socket.terminate();
    socket.data.events.onClose(error);
  },
  // The promise of Bun.connect reports it.
  connectError: () => undefined,
};
