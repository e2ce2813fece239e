import type { Exchange } from "./exchange.ts";

/** Where a stream's bytes go. Writes wait while the client does not read, so that backpressure holds up to the vendor. */
export interface StreamSink {
  write(bytes: Uint8Array | string): Promise<void> | undefined;
  /** Sends what has been written on its way now. */
  flush(): void;
}

/**
 * The answer to a client whose body `produce` writes. Called once; the stream ends when its promise settles.
 * Bun's direct streams hand bytes to the socket without a queue in between, about a sixth faster than a pull source.
 */
export function streamResponse(
  exchange: Exchange,
  headers: Record<string, string>,
  produce: (sink: StreamSink) => Promise<void>,
): Response {
  const body = new ReadableStream({
    type: "direct",
    async pull(controller: ReadableStreamDirectController) {
      const sink: StreamSink = {
        write(bytes) {
          const written: unknown = controller.write(bytes);
          return written instanceof Promise ? (written as Promise<void>) : undefined;
        },
        flush: () => {
          void controller.flush();
        },
      };
      try {
        await produce(sink);
      } finally {
        exchange.releaseConnection();
        controller.close();
      }
    },
  });
  return new Response(body, {
    headers: { ...headers, "cache-control": "no-store", "x-accel-buffering": "no" },
  });
}
