import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, TLSSocket } from "node:tls";
import type { Certificate } from "./self-signed.ts";

/** Called with each whole request (head and body as latin1); writes whatever it likes. `connection` counts from 1. */
export type RequestHandler = (request: string, socket: Socket, connection: number) => void;

/** A server of HTTP on raw sockets, for answers down to the byte. */
export interface HandmadeServer {
  port: number;
  /** Connections so far. */
  readonly connections: number;
  /** The server names that clients sent ahead in their handshakes; false where one sent none. */
  readonly serverNames: (string | false | null)[];
  /** How many connections went on with a TLS session of an earlier one. */
  readonly resumed: number;
  close(): void;
}

export async function serveByHand(
  onRequest: RequestHandler,
  options: { tls?: Certificate | undefined; host?: string; port?: number; onConnection?(socket: Socket): void } = {},
): Promise<HandmadeServer> {
  const { tls, host = "127.0.0.1", port = 0 } = options;
  const sockets = new Set<Socket>();
  const serverNames: (string | false | null)[] = [];
  let connections = 0;
  let resumed = 0;
  const onConnection = (socket: Socket) => {
    const connection = ++connections;
    sockets.add(socket);
    if (socket instanceof TLSSocket) {
      serverNames.push((socket as unknown as { servername: string | false | null }).servername);
      if (socket.isSessionReused()) resumed++;
    }
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    options.onConnection?.(socket);
    let text = "";
    socket.on("data", (bytes) => {
      text += (bytes as Buffer).toString("latin1");
      for (;;) {
        const end = text.indexOf("\r\n\r\n");
        if (end === -1) return;
        const length = /content-length: (\d+)/i.exec(text.slice(0, end))?.[1];
        const whole = end + 4 + Number(length ?? 0);
        if (text.length < whole) return;
        const request = text.slice(0, whole);
        text = text.slice(whole);
        onRequest(request, socket, connection);
      }
    });
  };
  const server: Server = tls
    ? createTlsServer({ cert: tls.cert, key: tls.key, ALPNProtocols: ["http/1.1"] }, onConnection)
    : createServer(onConnection);
  if (tls) server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    get resumed() {
      return resumed;
    },
    serverNames,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Writes an ordinary answer. */
export function reply(socket: Socket, body: string, headers = ""): void {
  socket.write(`HTTP/1.1 200 OK\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`);
}
