import { machineUs } from "./clock.ts";
import { HttpReader } from "./http-reader.ts";
import { streamPayload } from "./payloads.ts";
import { quantiles, type Quantiles } from "./statistics.ts";

// Opens many paced streams at once and checks every event: `bun bench/stream-load.ts '{"port":…}'` prints one line of JSON.

export interface StreamLoadOptions {
  port: number;
  headers: Record<string, string>;
  model: string;
  streams: number;
  events: number;
  everyMs: number;
  /** The time over which the streams are opened. */
  rampMs: number;
}

export interface StreamLoadResult {
  streams: number;
  /** Streams with every event, in order, and a proper end. */
  whole: number;
  expectedEvents: number;
  receivedEvents: number;
  outOfOrder: number;
  withoutDone: number;
  mostAtOnce: number;
  /** From the first event to the last. */
  seconds: number;
  firstError: string | null;
  /** From the time at which the upstream wrote an event to the time at which it was read here. */
  delayUs: Quantiles;
}

if (import.meta.main) {
  const result = await runStreams(JSON.parse(process.argv[2] ?? "") as StreamLoadOptions);
  process.stdout.write(`${JSON.stringify(result)}\n`);
  process.exit(0);
}

async function runStreams(options: StreamLoadOptions): Promise<StreamLoadResult> {
  const body = streamPayload(options.model, options.events, options.everyMs);
  const request = Buffer.from(
    `POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:${options.port}\r\n` +
      Object.entries({ "content-type": "application/json", ...options.headers })
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join("") +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  const delays = new Float64Array(options.streams * options.events);
  const result = { whole: 0, receivedEvents: 0, outOfOrder: 0, withoutDone: 0, mostAtOnce: 0 };
  let firstError: string | null = null;
  let firstUs = 0;
  let lastUs = 0;
  let open = 0;

  const runStream = async (index: number) => {
    await Bun.sleep((index * options.rampMs) / options.streams);
    await new Promise<void>((resolve) => {
      let next = 0;
      let rest = "";
      let isDone = false;
      let isEnded = false;
      let finished = false;
      const finish = (error?: string) => {
        if (finished) return;
        finished = true;
        open--;
        if (error !== undefined) firstError ??= error;
        if (!isDone) result.withoutDone++;
        if (isDone && isEnded && next === options.events) result.whole++;
        resolve();
      };
      const onEvent = (data: string, nowUs: number) => {
        if (data === "[DONE]") {
          isDone = true;
          return;
        }
        const [, sequence, sentUs] = /"content":"(\d+)@([\d.]+) "/.exec(data) ?? [];
        if (sequence === undefined) {
          if (data.startsWith('{"error"')) firstError ??= data.slice(0, 300);
          return;
        }
        if (Number(sequence) !== next) result.outOfOrder++;
        next = Number(sequence) + 1;
        if (result.receivedEvents < delays.length) delays[result.receivedEvents] = nowUs - Number(sentUs);
        result.receivedEvents++;
        firstUs ||= nowUs;
        lastUs = nowUs;
      };
      let reader: HttpReader | undefined;
      open++;
      result.mostAtOnce = Math.max(result.mostAtOnce, open);
      void Bun.connect({
        hostname: "127.0.0.1",
        port: options.port,
        socket: {
          open(socket) {
            reader = new HttpReader({
              head(text) {
                if (!text.startsWith("HTTP/1.1 200")) firstError ??= text.slice(0, 300);
              },
              body(bytes) {
                const nowUs = machineUs();
                const parts = (rest + bytes.toString("utf8")).split("\n\n");
                rest = parts.pop() ?? "";
                for (const part of parts) if (part.startsWith("data: ")) onEvent(part.slice(6), nowUs);
              },
              end() {
                isEnded = true;
                finish();
                socket.end();
              },
            });
            socket.write(request);
          },
          data: (_, bytes) => reader?.push(bytes),
          close: () => finish("a connection was closed early"),
          error: (_, error) => finish(String(error)),
        },
      }).catch((error: unknown) => finish(String(error)));
    });
  };
  await Promise.all(Array.from({ length: options.streams }, (_, index) => runStream(index)));
  return {
    streams: options.streams,
    expectedEvents: options.streams * options.events,
    ...result,
    seconds: (lastUs - firstUs) / 1e6,
    firstError,
    delayUs: quantiles(delays.subarray(0, Math.min(result.receivedEvents, delays.length))),
  };
}
