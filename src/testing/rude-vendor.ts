import { createServer, type AddressInfo, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

export interface RudeCall {
  model: string;
  text: string;
  socket: Socket;
  /** When the other side closed the connection, if it did. */
  closedMs: number | undefined;
}

/** Called when the request has come; may write anything to the connection. */
export type RudeScript = (call: RudeCall) => void;

export interface RudeVendor {
  url: string;
  calls: RudeCall[];
  stop(): void;
}

/** A vendor on raw sockets, for broken answers that an HTTP library would not send. The model's name chooses the script. */
export function startRudeVendor(
  scripts: Record<string, RudeScript>,
  options: { tls?: { cert: string; key: string } } = {},
): Promise<RudeVendor> {
  const calls: RudeCall[] = [];
  const sockets = new Set<Socket>();
  const onConnection = (socket: Socket) => {
    sockets.add(socket);
    let received = Buffer.alloc(0);
    let call: RudeCall | undefined;
    socket.on("error", () => undefined);
    socket.on("close", () => {
      sockets.delete(socket);
      if (call) call.closedMs ??= Date.now();
    });
    socket.on("end", () => {
      if (call) call.closedMs ??= Date.now();
    });
    socket.on("data", (bytes) => {
      received = Buffer.concat([received, bytes as Buffer]);
      const text = readRequest(received);
      if (text === undefined) return;
      // On a kept connection the next request is another call.
      received = Buffer.alloc(0);
      const model = (JSON.parse(text) as { model: string }).model;
      call = { model, text, socket, closedMs: undefined };
      calls.push(call);
      const script = scripts[model];
      if (script) script(call);
      else socket.destroy();
    });
  };
  const { tls } = options;
  const server = tls ? createTlsServer({ cert: tls.cert, key: tls.key }, onConnection) : createServer(onConnection);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      resolve({
        url: `${tls ? "https" : "http"}://127.0.0.1:${port}/v1`,
        calls,
        stop() {
          server.close();
          for (const socket of sockets) socket.destroy();
        },
      });
    });
  });
}

/** The head of an answer, blank line included. */
export function answerHead(status: string, headers: Record<string, string>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status}\r\n${lines.join("")}\r\n`;
}

/** One chunk of a body in chunked coding. */
export function bodyChunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

export const eventStreamHead = answerHead("200 OK", {
  "content-type": "text/event-stream",
  "transfer-encoding": "chunked",
});

/** The body of a request; undefined until all of it has come. */
function readRequest(bytes: Buffer): string | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd === -1) return undefined;
  const length = Number(/content-length: *(\d+)/i.exec(bytes.toString("latin1", 0, headEnd))?.[1] ?? 0);
  const start = headEnd + 4;
  return bytes.length < start + length ? undefined : bytes.toString("utf8", start, start + length);
}
