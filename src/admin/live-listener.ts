import { SahabError } from "../base/errors.ts";
import type { Scope } from "../ledger/index.ts";

/** What waits for one reader; who is further behind is dropped, and its client connects again. */
const waitingBytesMax = 512 * 1024;

/** One reader of live events. States: open → closed. */
export class LiveListener {
  readonly scope: Scope;
  readonly body: ReadableStream<Uint8Array>;
  readonly #onClose: () => void;
  readonly #recheck: () => unknown;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(scope: Scope, { recheck, onClose }: { recheck: () => unknown; onClose: () => void }) {
    this.scope = scope;
    this.#recheck = recheck;
    this.#onClose = onClose;
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#controller = controller),
        cancel: () => this.close(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: waitingBytesMax }),
    );
  }

  /** One server-sent event. */
  static encode(type: string, data: object): Uint8Array {
    return new TextEncoder().encode(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  send(type: string, data: object): void {
    this.sendEncoded(LiveListener.encode(type, data));
  }

  sendEncoded(event: Uint8Array): void {
    if (!this.#controller) return;
    if ((this.#controller.desiredSize ?? 0) < event.length) this.close();
    else this.#controller.enqueue(event);
  }

  /** So that proxies and clients know that the connection is alive. */
  beat(): void {
    this.sendEncoded(heartbeat);
  }

  /** Closes where its key or session is no longer good. Never rejects. */
  async recheck(): Promise<void> {
    try {
      await this.#recheck();
    } catch (error) {
      // A store that does not answer says nothing about a key.
      const isUnknown = error instanceof SahabError && error.status >= 500;
      if (!isUnknown) this.close();
    }
  }

  close(): void {
    const controller = this.#controller;
    if (!controller) return;
    this.#controller = undefined;
    this.#onClose();
    try {
      controller.close();
    } catch {
      // Its reader has cancelled it.
    }
  }
}

const heartbeat = new TextEncoder().encode(": alive\n\n");
