import type { Socket } from "bun";
import { isIPv6 } from "node:net";
import type { ProxyAddress } from "../base/proxy-address.ts";
import { findHeadEnd } from "../http/index.ts";
import { Head } from "./http-framing.ts";
import type { SocketEvents, SocketOwner } from "./socket-events.ts";

const headBytesMax = 16 * 1024;

/** Asks the proxy at the socket's other end for a connection to a host. Rejects with an Error that says why there is none. */
export function openTunnel(
  socket: Socket<SocketOwner>,
  proxy: ProxyAddress,
  target: { host: string; port: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.data.events = new TunnelEvents((fault) => (fault === undefined ? resolve() : reject(new Error(fault))));
    const host = `${isIPv6(target.host) ? `[${target.host}]` : target.host}:${target.port}`;
    const authorization = proxy.authorization === undefined ? "" : `proxy-authorization: ${proxy.authorization}\r\n`;
    socket.write(`CONNECT ${host} HTTP/1.1\r\nhost: ${host}\r\n${authorization}\r\n`);
  });
}

/** The proxy's answer to CONNECT. */
class TunnelEvents implements SocketEvents {
  readonly #onEnd: (fault: string | undefined) => void;
  #received = Buffer.alloc(0);

  constructor(onEnd: (fault: string | undefined) => void) {
    this.#onEnd = onEnd;
  }

  onData(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    try {
      const end = findHeadEnd(this.#received);
      if (end === -1) {
        if (this.#received.length > headBytesMax)
          this.#onEnd(`its answer has a head of more than ${headBytesMax} bytes`);
        return;
      }
      const { status } = new Head(this.#received.toString("latin1", 0, end));
      if (status < 200 || status > 299) this.#onEnd(describeRefusal(status));
      // The server behind the proxy waits for the first message of the handshake.
      else if (this.#received.length > end + 4) this.#onEnd("it sent more than its answer");
      else this.#onEnd(undefined);
    } catch (error) {
      this.#onEnd(error instanceof Error ? error.message : String(error));
    }
  }

  onDrain(): void {}

  onClose(): void {
    this.#onEnd("it closed the connection");
  }
}

/** What a proxy means by its status, for tunnels and for requests that it forwards. */
export function describeRefusal(status: number): string {
  return status === 407
    ? "it demands a user and password that it knows (status 407)"
    : `it answered with status ${status}`;
}
