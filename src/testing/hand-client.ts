import { connect, type Socket } from "node:net";

export interface HandAnswer {
  status: number;
  requestId: string;
  body: string;
}

/** A client on a raw socket, which sends, reads and leaves as the test says. One request at a time. */
export class HandClient {
  readonly #socket: Socket;
  readonly #host: string;
  #text = "";
  #receivedBytes = 0;
  #isClosed = false;
  #wake: (() => void) | undefined;

  private constructor(socket: Socket, host: string) {
    this.#socket = socket;
    this.#host = host;
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#isClosed = true;
      this.#wake?.();
    });
    socket.on("data", (bytes: Buffer) => {
      this.#receivedBytes += bytes.length;
      this.#text += bytes.toString("latin1");
      this.#wake?.();
    });
  }

  static open(address: string): Promise<HandClient> {
    const { hostname, port, host } = new URL(address);
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname);
      socket.once("error", reject);
      socket.once("connect", () => resolve(new HandClient(socket, host)));
    });
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  send(text: string | Uint8Array): void {
    this.#text = "";
    if (!this.#isClosed) this.#socket.write(text);
  }

  /** Sends the head of a POST whose body has so many bytes. */
  sendHead(path: string, key: string, bodyBytes: number): void {
    this.send(
      `POST ${path} HTTP/1.1\r\nhost: ${this.#host}\r\nauthorization: Bearer ${key}\r\n` +
        `content-type: application/json\r\ncontent-length: ${bodyBytes}\r\n\r\n`,
    );
  }

  post(path: string, key: string, body: unknown): void {
    const text = JSON.stringify(body);
    this.sendHead(path, key, Buffer.byteLength(text));
    this.send(text);
  }

  /** The whole answer to what was sent; undefined where the connection ended, or the time was over, before its end. */
  async answer(timeoutMs = 20_000): Promise<HandAnswer | undefined> {
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      const answer = parseWhole(this.#text);
      if (answer || this.#isClosed || !(await this.#more(deadlineMs))) return answer;
    }
  }

  /** Waits until the answer holds `part`; false where it never does. */
  async until(part: string, timeoutMs = 20_000): Promise<boolean> {
    const deadlineMs = performance.now() + timeoutMs;
    while (!this.#text.includes(part)) if (this.#isClosed || !(await this.#more(deadlineMs))) return false;
    return true;
  }

  /** From now on nothing is read, so that the answer fills the system's buffers. */
  stopReading(): void {
    this.#socket.pause();
  }

  readAgain(): void {
    this.#socket.resume();
  }

  leave(): void {
    this.#socket.destroy();
  }

  /** Waits for more bytes or the end; false when the time is over. */
  #more(deadlineMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), Math.max(0, deadlineMs - performance.now()));
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve(true);
      };
    });
  }
}

/** Undefined until all of it is there. */
function parseWhole(text: string): HandAnswer | undefined {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd === -1) return undefined;
  const head = text.slice(0, headEnd + 2);
  const rest = text.slice(headEnd + 4);
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(head)?.[1];
  if (length === undefined ? !`\r\n${rest}`.endsWith("\r\n0\r\n\r\n") : rest.length < Number(length)) return undefined;
  return {
    status: Number(head.slice(9, 12)),
    requestId: /\r\nx-request-id: (\S+)\r\n/i.exec(head)?.[1] ?? "",
    body: length === undefined ? readChunks(rest) : rest,
  };
}

function readChunks(text: string): string {
  let body = "";
  let at = 0;
  for (;;) {
    const lineEnd = text.indexOf("\r\n", at);
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    if (!(size > 0)) return body;
    body += text.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
  }
}
