import { machineUs } from "./clock.ts";
import { HttpReader, Outbox } from "./http-reader.ts";
import { answerMarker, requestMarker, upstreamModel } from "./payloads.ts";

// A fake vendor that does as little as possible: it reads a request, checks that it is whole and names the right model,
// and answers with bytes made beforehand, or with a paced stream whose events carry the time at which they were sent.
// `bun bench/upstream.ts [CERTIFICATE KEY]`: with a certificate it listens on a second port, with TLS.

const answerId = "chatcmpl-bench";
const answer = response(
  200,
  JSON.stringify({
    id: answerId,
    object: "chat.completion",
    created: 1_764_000_000,
    model: upstreamModel,
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: `Air scatters blue light more than red. ${answerMarker}` },
        finish_reason: "stop",
      },
    ],
    usage: { prompt_tokens: 24, completion_tokens: 17, total_tokens: 41 },
  }),
);
const refusal = response(400, JSON.stringify({ error: { message: "cut, or the wrong model", code: "bench" } }));
// Routers ask for these before they send requests. What they ask for besides, this upstream does not have.
const probes: Record<string, Buffer> = {
  "/health": response(200, "{}"),
  "/v1/models": response(200, JSON.stringify({ object: "list", data: [{ id: upstreamModel, object: "model" }] })),
};
const unknownPath = response(404, JSON.stringify({ error: { message: "no such path", code: "bench" } }));
const streamHead = Buffer.from(
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nTransfer-Encoding: chunked\r\n\r\n",
);

interface Stream {
  outbox: Outbox;
  open: boolean;
  sequence: number;
  events: number;
  everyMs: number;
  nextMs: number;
  includeUsage: boolean;
}

const streams = new Set<Stream>();
// One timer for all streams; it fires at most once a millisecond.
setInterval(() => {
  if (streams.size === 0) return;
  const nowMs = machineUs() / 1000;
  for (const stream of streams) if (stream.nextMs <= nowMs) advance(stream);
}, 1);

function advance(stream: Stream): void {
  if (!stream.open) {
    streams.delete(stream);
    return;
  }
  stream.nextMs += stream.everyMs;
  if (stream.sequence < stream.events) {
    const delta = { content: `${stream.sequence++}@${machineUs().toFixed(1)} ` };
    stream.outbox.send(chunk(event({ choices: [{ index: 0, delta, finish_reason: null }] })));
    return;
  }
  streams.delete(stream);
  const usage = { prompt_tokens: 9, completion_tokens: stream.events, total_tokens: 9 + stream.events };
  const last =
    event({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }) +
    (stream.includeUsage ? event({ choices: [], usage }) : "") +
    "data: [DONE]\n\n";
  stream.outbox.send(Buffer.concat([chunk(last), Buffer.from("0\r\n\r\n")]));
}

function event(fields: object): string {
  return `data: ${JSON.stringify({ id: answerId, object: "chat.completion.chunk", created: 1_764_000_000, model: upstreamModel, ...fields })}\n\n`;
}

function chunk(text: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
}

function response(status: number, body: string): Buffer {
  return Buffer.from(
    `HTTP/1.1 ${status} ${status === 200 ? "OK" : "Refused"}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/**
 * How much of a body's beginning and end is kept. The fields that are checked may be in either: some routers write the
 * body anew, with the model, or up to 300 bytes of defaults, after the messages.
 */
const headBytes = 256;
const tailBytes = 512;

class Connection {
  readonly outbox: Outbox;
  readonly #reader: HttpReader;
  #requestLine = "";
  #head = "";
  #tail = "";
  #stream: Stream | undefined;

  constructor(socket: Bun.Socket<Connection>) {
    this.outbox = new Outbox(socket);
    this.#reader = new HttpReader({
      head: (text) => {
        this.#requestLine = text.slice(0, text.indexOf("\r\n"));
        this.#head = "";
        this.#tail = "";
      },
      body: (bytes) => {
        if (this.#head.length < headBytes) this.#head += bytes.toString("latin1", 0, headBytes);
        const tail = bytes.toString("latin1", Math.max(0, bytes.length - tailBytes));
        this.#tail = tail.length < tailBytes ? (this.#tail + tail).slice(-tailBytes) : tail;
      },
      end: () => this.#answer(),
    });
  }

  push(bytes: Buffer): void {
    this.#reader.push(bytes);
  }

  close(): void {
    if (this.#stream) this.#stream.open = false;
  }

  #answer(): void {
    const [method, path = ""] = this.#requestLine.split(" ");
    if (method === "GET") {
      this.outbox.send(probes[path] ?? unknownPath);
      return;
    }
    const has = (text: string) => this.#head.includes(text) || this.#tail.includes(text);
    const isWhole = path.endsWith("/chat/completions") && this.#tail.includes(requestMarker);
    if (!isWhole || !has(`"model":"${upstreamModel}"`)) this.outbox.send(refusal);
    else if (has('"stream":true')) this.#answerStream(has('"include_usage":true'));
    else this.outbox.send(answer);
  }

  #answerStream(includeUsage: boolean): void {
    const [, events = "1", every = "1"] = /paced:(\d+):(\d+)/.exec(this.#tail) ?? [];
    const everyMs = Number(every);
    this.outbox.send(streamHead);
    this.#stream = {
      outbox: this.outbox,
      open: true,
      sequence: 0,
      events: Number(events),
      everyMs,
      // Each stream has its own phase, so that events of different streams do not come at the same time.
      nextMs: machineUs() / 1000 + Math.random() * everyMs,
      includeUsage,
    };
    streams.add(this.#stream);
  }
}

function listen(tls?: Bun.TLSOptions): number {
  const server = Bun.listen<Connection>({
    hostname: "127.0.0.1",
    port: 0,
    ...(tls ? { tls } : {}),
    socket: {
      open(socket) {
        socket.data = new Connection(socket);
      },
      data: (socket, bytes) => socket.data.push(bytes),
      drain: (socket) => socket.data.outbox.drain(),
      close: (socket) => socket.data?.close(),
      error: (socket) => socket.data?.close(),
    },
  });
  return server.port;
}

const [certificate, key] = process.argv.slice(2);
const tlsPort = certificate && key ? listen({ cert: Bun.file(certificate), key: Bun.file(key) }) : "none";
process.stdout.write(`listens on ${listen()}, with TLS on ${tlsPort}\n`);
