import type { Socket, SocketHandler } from "bun";
import type { Refusals } from "../base/refusals.ts";
import type { ClientConnection } from "./client-connection.ts";

/** What a server needs to speak TLS. */
export interface ServerTls {
  /** The settings for the next connection; those that are open keep theirs. */
  readonly settings: Bun.TLSOptions;
  /** A handshake failed, or its client's certificate is not in order. */
  onRefused(reason: string, address: string): void;
}

/** How a listener's plain sockets are taken where the server speaks TLS. */
export interface TlsDeps {
  tls: ServerTls;
  /** What becomes of a connection's decrypted bytes. */
  handlers: SocketHandler<ClientConnection>;
  refusals: Pick<Refusals, "note">;
  /** A connection for the socket, of which the address is a client's. */
  begin(socket: Socket<ClientConnection>, address: string): void;
}

/** A socket's encrypted side. */
export interface Encrypted {
  /** Its first bytes have come. */
  isGreeted: boolean;
}

const handshakeRecord = 0x16;
const plainAnswer =
  "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 49\r\nconnection: close\r\n\r\nThis port speaks TLS: use https:// in its address";

/**
 * The handlers of a listener of plain sockets that makes each of them one of TLS. The runtime's own TLS listener keeps its
 * certificate for as long as it listens, and another listener in its place would lose the connections that wait in the first;
 * so each connection is given the settings that hold when it comes.
 */
export function acceptTls({ tls, handlers, refusals, begin }: TlsDeps): SocketHandler<Encrypted> {
  const secure: SocketHandler<ClientConnection> = {
    ...handlers,
    open: () => undefined,
    handshake(socket, isDone, error) {
      const { requestCert } = tls.settings;
      if (isDone && (!requestCert || socket.authorized)) return;
      refusals.note("tls_handshake", { address: socket.data.address.text });
      tls.onRefused(error?.message ?? "the client's certificate is not in order", socket.data.address.text);
      socket.data.abort();
    },
  };
  return {
    open(plain) {
      const address = plain.remoteAddress;
      plain.setNoDelay(true);
      plain.data = { isGreeted: false };
      const options = { isServer: true, tls: tls.settings, socket: secure } as Bun.TLSUpgradeOptions<ClientConnection>;
      const [, socket] = plain.upgradeTLS<ClientConnection>(options);
      begin(socket, address);
    },
    /** The encrypted bytes, before they are decrypted: the first tells whether the client speaks TLS at all. */
    data(raw, chunk) {
      if (raw.data.isGreeted) return;
      raw.data.isGreeted = true;
      if (chunk[0] === handshakeRecord) return;
      if (/^[A-Z]/.test(String.fromCharCode(chunk[0] ?? 0))) raw.write(plainAnswer);
      raw.shutdown();
    },
  };
}
