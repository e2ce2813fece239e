import { HttpReader, Outbox } from "./http-reader.ts";
import { addressOf, answerMarker, payload, streamEnds, type Api, type Paced, type PayloadName } from "./payloads.ts";
import { quantiles, type Quantiles } from "./statistics.ts";

// The load generator, a process of its own: `bun bench/load.ts '{"port":…}'` prints one line of JSON.

export interface LoadOptions {
  port: number;
  headers: Record<string, string>;
  model: string;
  api: Api;
  payload: PayloadName;
  /** Streams are asked for, instead of whole answers. */
  paced?: Paced;
  connections: number;
  warmupMs: number;
  durationMs: number;
  /** Ends the run early after this many requests; 0 means never. */
  requestsMax: number;
}

export interface LoadResult {
  /** Correct answers within the measured time. */
  requests: number;
  /** All correct answers, also those of the warm-up and after the measured time. */
  requestsAll: number;
  seconds: number;
  /** Answers that were not 200 or lacked the marker, and connections that broke. */
  errors: number;
  firstError: string | null;
  latencyUs: Quantiles;
}

if (import.meta.main) {
  const result = await runLoad(JSON.parse(process.argv[2] ?? "") as LoadOptions);
  process.stdout.write(`${JSON.stringify(result)}\n`);
  process.exit(0);
}

/** Each connection has one request under way: the next is sent when the answer is complete. */
async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const body = payload(options.payload, options.model, options.api, options.paced);
  const address = addressOf(options.api, options.model, options.paced !== undefined);
  const headers = { "content-type": "application/json", ...options.headers, ...address.headers };
  const marker = options.paced ? streamEnds[options.api] : answerMarker;
  const request = Buffer.from(
    `POST ${address.path} HTTP/1.1\r\nHost: 127.0.0.1:${options.port}\r\n` +
      Object.entries(headers)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join("") +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );

  const latencies: number[] = [];
  const startNs = Bun.nanoseconds();
  const measureNs = startNs + options.warmupMs * 1e6;
  const endNs = measureNs + options.durationMs * 1e6;
  let lastNs = measureNs;
  let sent = 0;
  let good = 0;
  let errors = 0;
  let firstError: string | null = null;
  const fail = (reason: string) => {
    errors++;
    firstError ??= reason;
  };

  const runConnection = () =>
    new Promise<void>((resolve) => {
      let outbox: Outbox | undefined;
      let sentNs = 0;
      let isOk = false;
      let hasMarker = false;
      let head = "";
      /** A marker may come in two pieces. */
      let tail = "";
      let finished = false;
      const finish = () => {
        finished = true;
        resolve();
      };
      const send = () => {
        sentNs = Bun.nanoseconds();
        isOk = false;
        hasMarker = false;
        tail = "";
        sent++;
        outbox?.send(request);
      };
      const done = (socket: Bun.Socket) => {
        const now = Bun.nanoseconds();
        if (isOk && hasMarker) {
          good++;
          if (now >= measureNs && now < endNs) {
            latencies.push((now - sentNs) / 1000);
            lastNs = now;
          }
        } else fail(isOk ? "an answer without the marker" : head.slice(0, 300));
        // Stops early if the server answers with errors only.
        const isOver = now >= endNs || (options.requestsMax > 0 && sent >= options.requestsMax) || errors > 1000;
        if (!isOver) {
          send();
          return;
        }
        finish();
        socket.end();
      };
      void Bun.connect({
        hostname: "127.0.0.1",
        port: options.port,
        socket: {
          open(socket) {
            outbox = new Outbox(socket);
            const reader = new HttpReader({
              head(text) {
                head = text;
                isOk = text.startsWith("HTTP/1.1 200");
              },
              body(bytes) {
                if (hasMarker) return;
                const text = tail + bytes.toString("latin1");
                hasMarker = text.includes(marker);
                tail = text.slice(-marker.length);
              },
              end: () => done(socket),
            });
            readers.set(socket, reader);
            send();
          },
          data: (socket, bytes) => readers.get(socket)?.push(bytes),
          drain: () => outbox?.drain(),
          close() {
            if (!finished) fail("a connection was closed early");
            finish();
          },
          error(_, error) {
            fail(String(error));
            finish();
          },
        },
      }).catch((error: unknown) => {
        fail(String(error));
        finish();
      });
    });

  const readers = new Map<Bun.Socket, HttpReader>();
  await Promise.all(Array.from({ length: options.connections }, runConnection));
  // A proxy too slow for one answer in that time has none per second, instead of no result.
  const seconds = latencies.length > 0 ? (lastNs - measureNs) / 1e9 : options.durationMs / 1000;
  return {
    requests: latencies.length,
    requestsAll: good,
    seconds,
    errors,
    firstError,
    latencyUs: quantiles(Float64Array.from(latencies)),
  };
}
