import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface TestProxy {
  address: string;
  port: number;
  /** The heads of all requests, with the names that it was asked for. */
  heads: string[];
  close(): void;
}

/** An HTTP proxy on the loopback. To it every name is 127.0.0.1, so clients need not be able to look any up. */
export async function startProxy(
  options: {
    /** The value of `Proxy-Authorization` that it demands. */
    authorization?: string;
    /** Called instead of answering the head; writes whatever it likes. */
    misbehave?(socket: Socket, head: string): void;
  } = {},
): Promise<TestProxy> {
  const heads: string[] = [];
  const sockets = new Set<Socket>();
  const track = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on("error", () => socket.destroy()).on("close", () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    track(client).once("data", (bytes) => {
      const text = bytes.toString("latin1");
      const head = text.slice(0, text.indexOf("\r\n\r\n"));
      heads.push(head);
      if (options.misbehave) {
        options.misbehave(client, head);
        return;
      }
      const sent = /^proxy-authorization: (.*)$/im.exec(head)?.[1];
      if (sent !== options.authorization) {
        client.write("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
        return;
      }
      const port = Number(/^(?:CONNECT |(?:GET|POST) http:\/\/)(?:\[[^\]]+\]|[^:/ ]+):(\d+)/.exec(head)?.[1]);
      // What comes before the upstream is there would be lost.
      client.pause();
      const upstream = track(connect({ host: "127.0.0.1", port }));
      upstream.once("connect", () => {
        if (head.startsWith("CONNECT ")) client.write("HTTP/1.1 200 Connection established\r\n\r\n");
        else upstream.write(bytes);
        client.pipe(upstream).pipe(client);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    port,
    heads,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
