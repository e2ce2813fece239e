import type { EncodedRequest } from "../call/index.ts";

interface Writable {
  write(data: Uint8Array): number;
}

/**
 * Writes frames to a socket. Frames of one turn of the event loop are sent in one write. Bytes that the peer does not take
 * wait, up to a bound; beyond it the peer counts as dead.
 */
export class FrameWriter {
  readonly #socket: Writable;
  readonly #waitingBytesMax: number;
  readonly #onOverflow: () => void;
  #lines = "";
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #scheduled = false;
  #closed = false;

  constructor(socket: Writable, options: { waitingBytesMax: number; onOverflow: () => void }) {
    this.#socket = socket;
    this.#waitingBytesMax = options.waitingBytesMax;
    this.#onOverflow = options.onOverflow;
  }

  /** Bytes that the peer has not taken yet. */
  get waitingBytes(): number {
    return this.#waitingBytes + this.#lines.length;
  }

  send(frame: unknown): void {
    if (this.#closed) return;
    if (hasEncodedRequest(frame)) return this.#sendEncoded(frame);
    this.#lines += `${JSON.stringify(frame)}\n`;
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.flush());
  }

  flush(): void {
    this.#scheduled = false;
    if (this.#closed || this.#lines === "") return;
    const bytes = Buffer.from(this.#lines, "utf8");
    this.#lines = "";
    this.#write(bytes);
  }

  /** To be called when the socket takes more. */
  drain(): void {
    while (!this.#closed) {
      const first = this.#waiting[0];
      if (!first) return;
      const written = Math.max(0, this.#socket.write(first));
      this.#waitingBytes -= written;
      if (written < first.length) {
        this.#waiting[0] = first.subarray(written);
        return;
      }
      this.#waiting.shift();
    }
  }

  close(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#lines = "";
  }

  /** Large requests come as JSON, which is not made a text here. */
  #sendEncoded({ request, ...frame }: { request: EncodedRequest }): void {
    this.flush();
    this.#write(Buffer.from(`${JSON.stringify(frame).slice(0, -1)},"request":`));
    this.#write(request.json);
    this.#write(Buffer.from("}\n"));
  }

  #write(bytes: Uint8Array): void {
    if (this.#closed) return;
    if (this.#waiting.length > 0) return this.#wait(bytes);
    const written = Math.max(0, this.#socket.write(bytes));
    if (written < bytes.length) this.#wait(bytes.subarray(written));
  }

  #wait(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes > this.#waitingBytesMax) {
      this.close();
      this.#onOverflow();
    }
  }
}

function hasEncodedRequest(frame: unknown): frame is { request: EncodedRequest } {
  const { request } = frame as { request?: Partial<EncodedRequest> };
  return request?.json instanceof Uint8Array;
}
