import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { toSahabError } from "../base/errors.ts";
import { openLog } from "../base/log.ts";
import { Refusals } from "../base/refusals.ts";
import { eventually } from "../testing/eventually.ts";
import { headerLine, noHeaders } from "./header-lines.ts";
import type { HttpRequest } from "./http-request.ts";
import { listenHttp, type HttpServer } from "./http-server.ts";

// Raw bytes over real sockets: what a server must take, and what it must refuse since two parsers could read it in two ways.

const refusals = new Refusals(openLog({ level: "silent", pretty: false }));
let server: HttpServer;
/** Requests that reached the handler, as `METHOD target: body`. */
let seen: string[] = [];
let left = 0;
const limits = { headMs: 1_500, bodyMs: 600, idleMs: 700, stallMs: 600, lingerMs: 500, headBytesMax: 2_000 };

async function handle(request: HttpRequest): Promise<void> {
  const { path } = request;
  if (path === "/unread") return request.answer(401, noHeaders, "no key");
  if (path === "/watch-late") {
    await Bun.sleep(150);
    request.watch({ cancel: () => left++ });
    return request.answer(200, noHeaders, "");
  }
  if (path === "/endless") {
    const sink = request.stream(200, noHeaders);
    for (let i = 0; i < 10_000; i++) await sink.write(Buffer.alloc(64 * 1024));
    return sink.end();
  }
  if (path === "/stream-in") {
    let bytes = 0;
    let most = 0;
    try {
      await request.readPieces(50_000_000, async (piece) => {
        most = Math.max(most, piece.length);
        if (bytes % 7 === 0) await Bun.sleep(1);
        bytes += piece.length;
      });
      request.answer(200, noHeaders, JSON.stringify({ bytes, isWhole: most > 20_000_000 }));
    } catch (error) {
      const { status, message } = toSahabError(error);
      request.answer(status, noHeaders, message);
    }
    return;
  }
  if (path === "/throws") throw new Error("a fault of ours");
  if (path === "/late") {
    request.watch({ cancel: () => left++ });
    await Bun.sleep(300);
    return request.answer(200, noHeaders, "late");
  }
  try {
    const body = await request.readBody(3_000_000);
    seen.push(`${request.method} ${request.target}: ${body.length > 100 ? body.length : body.toString()}`);
    if (path === "/big") request.answer(200, noHeaders, Buffer.alloc(8_000_000, "b"));
    else if (path === "/pieces") {
      const sink = request.stream(200, headerLine("content-type", "text/plain"));
      for (const piece of ["one ", Buffer.from("two "), "ثلاثة"]) await sink.write(piece);
      sink.end(" end");
    } else if (path === "/cut") {
      const sink = request.stream(200, noHeaders);
      await sink.write("begun");
      sink.abort();
    } else request.answer(200, headerLine("x-note", "a\r\nset-cookie: b"), `[${body.length}]`);
  } catch (error) {
    const { status, message } = toSahabError(error);
    if (path === "/late-refusal") await Bun.sleep(50);
    request.answer(status, noHeaders, message);
  }
}

beforeAll(() => {
  server = listenHttp(
    {
      handle: (request) => void handle(request).catch(() => request.abort()),
      refuse: ({ message }) => JSON.stringify({ error: message }),
      refusals,
    },
    { host: "127.0.0.1", port: 0, reusePort: false, limits },
  );
});
afterAll(() => server.close());

/** Sends the pieces one by one and returns all that comes until the server ends the connection, or `done` says that it is enough. A pattern is waited for. */
function exchange(pieces: (string | Buffer | RegExp)[], done?: (text: string) => boolean): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
    let text = "";
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      if (done?.(text)) socket.destroy();
    });
    socket.on("error", () => undefined);
    socket.on("end", () => socket.end());
    socket.on("close", () => resolve(text));
    void (async () => {
      for (const piece of pieces) {
        if (piece instanceof RegExp) {
          await eventually(`an answer like ${piece}`, () => piece.test(text));
          continue;
        }
        socket.write(piece);
        if (pieces.length > 1) await Bun.sleep(5);
      }
    })();
  });
}
const statuses = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((found) => Number(found[1]));
const close = "host: x\r\nconnection: close\r\n";

const refused: [name: string, bytes: string, status: number][] = [
  [
    "a length beside a transfer coding",
    "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    400,
  ],
  ["two lengths", "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 3\r\n\r\nabc", 400],
  ["a list of lengths", "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3, 4\r\n\r\nabc", 400],
  ["a length with a sign", "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: +3\r\n\r\nabc", 400],
  ["a space before the colon", "POST / HTTP/1.1\r\nhost: x\r\ncontent-length : 3\r\n\r\nabc", 400],
  ["a folded line", "GET / HTTP/1.1\r\nhost: x\r\nx-a: b\r\n  c\r\n\r\n", 400],
  ["a line end within a value", "GET / HTTP/1.1\r\nhost: x\r\nx-a: b\nx-c: d\r\n\r\n", 400],
  ["NUL in a value", "GET / HTTP/1.1\r\nhost: x\r\nx-a: b\0c\r\n\r\n", 400],
  ["a line without a colon", "GET / HTTP/1.1\r\nhost: x\r\nnonsense\r\n\r\n", 400],
  ["an empty name", "GET / HTTP/1.1\r\nhost: x\r\n: b\r\n\r\n", 400],
  ["no host", "GET / HTTP/1.1\r\n\r\n", 400],
  ["two hosts", "GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n", 400],
  ["a coding that is not chunked", "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip, chunked\r\n\r\n", 501],
  [
    "chunked twice",
    "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n",
    501,
  ],
  ["chunks in HTTP/1.0", "POST / HTTP/1.0\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400],
  ["a no-break space around a coding", "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\u00a0\r\n\r\n", 501],
  ["a no-break space around a length", "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: \u00a03\r\n\r\nabc", 400],
  ["a path in Host", "GET / HTTP/1.1\r\nhost: x/admin?\r\n\r\n", 400],
  ["a space in Host", "GET / HTTP/1.1\r\nhost: a b\r\n\r\n", 400],
  ["two hosts in HTTP/1.0", "GET / HTTP/1.0\r\nhost: x\r\nhost: y\r\n\r\n", 400],
  ["an expectation that nobody knows", "GET / HTTP/1.1\r\nhost: x\r\nexpect: wonders\r\n\r\n", 417],
  ["no HTTP", "hello\r\n\r\n", 400],
  ["two spaces in the request line", "GET  / HTTP/1.1\r\nhost: x\r\n\r\n", 400],
  ["a method with other characters", "GE(T / HTTP/1.1\r\nhost: x\r\n\r\n", 400],
  ...[
    "v1/:aaa/admin/v1/keys",
    ":80/admin/v1/keys",
    "@x/admin",
    "?x",
    "*",
    "http:///admin",
    "http://a@b/admin",
    "http://[::1/admin",
    "http://a:b/admin",
    "http:/admin",
    "https://",
    "ftp://x/admin",
    "file:///admin",
    "/v1/../admin/v1/keys",
    "/v1/%2E%2e/admin/v1/keys",
    "/v1/.%2e",
    "/./admin",
    "http://x/v1/..",
    "/v1\\..\\admin",
    "/\\x/admin",
    "/admin/v1/keys#/x",
    "/x?a#b",
  ].map((target): [string, string, number] => [
    `the address ${target}`,
    `GET ${target} HTTP/1.1\r\nhost: x\r\n\r\n`,
    400,
  ]),
  ...["", ":80", "a@b", "x,y", "http://x", "[::1", "x:y", "x/"].map((host): [string, string, number] => [
    `the Host "${host}"`,
    `GET / HTTP/1.1\r\nhost: ${host}\r\n\r\n`,
    400,
  ]),
  ["an address that is neither path nor absolute", "GET example.com HTTP/1.1\r\nhost: x\r\n\r\n", 400],
  ["HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505],
  ["a head that is too long", `GET / HTTP/1.1\r\nhost: x\r\nx-a: ${"b".repeat(2_100)}\r\n\r\n`, 431],
  ["a head that goes on for ever", `GET / HTTP/1.1\r\nhost: x\r\nx-a: ${"b".repeat(2_100)}`, 431],
  ["lines that end in LF alone", "GET / HTTP/1.1\nhost: x\n\n", 400],
  ["TLS", "\u0016\u0003\u0001\u0002", 400],
];
for (const [name, bytes, status] of refused) {
  test(`refused, and nothing after it is read: ${name}`, async () => {
    seen = [];
    const text = await exchange([Buffer.from(`${bytes}GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n`, "latin1")]);
    expect(statuses(text)).toEqual([status]);
    expect(seen).toEqual([]);
  });
}

const brokenBodies: [name: string, bytes: string][] = [
  ["no size", "zz\r\nabc\r\n0\r\n\r\n"],
  ["a negative size", "-1\r\nabc\r\n0\r\n\r\n"],
  ["a size beyond all numbers", "fffffffffffffffff\r\nabc"],
  ["a chunk longer than its size", "2\r\nabc\r\n0\r\n\r\n"],
  ["LF without CR", "3\nabc\r\n0\r\n\r\n"],
  ["a size line without end", "3;".padEnd(5_000, "x")],
];
for (const [name, body] of brokenBodies) {
  test(`a body in broken chunks: ${name}`, async () => {
    seen = [];
    const text = await exchange([`POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n${body}`]);
    expect(statuses(text)).toEqual([400]);
    expect(text).toContain("connection: close");
    expect(seen).toEqual([]);
  });
}

test("behind a fault in a body nothing is a request, however late the refusal is", async () => {
  seen = [];
  const head = "POST /late-refusal HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n";
  const text = await exchange([head, "0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n"]);
  expect(statuses(text)).toEqual([400]);
  expect(text).toContain("connection: close");
  expect(seen).toEqual([]);
});

test("a head that stops is not waited for without end", async () => {
  seen = [];
  expect(statuses(await exchange(["GET / HTTP/1.1\r\nhost:"]))).toEqual([408]);
  expect(seen).toEqual([]);
});

test("a head that comes a byte at a time has one time for all of it", async () => {
  const pieces = ["GET / HTTP/1.1\r\nhost: x\r\nx-a: ", ...Array.from({ length: 600 }, () => "b")];
  expect(statuses(await exchange(pieces))).toEqual([408]);
});

test("what comes between requests is no head that is waited for", async () => {
  for (const between of ["\r\n", "\r", "\r\n\r\n\r"]) {
    const text = await exchange([`GET / HTTP/1.1\r\nhost: x\r\n\r\n${between}`]);
    // Idle, and not a head that did not come in time.
    expect(statuses(text)).toEqual([200]);
  }
});

test("requests that arrive byte by byte, together, and in pieces are answered in order", async () => {
  seen = [];
  const first = "POST /a?q=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";
  const second =
    "\r\nPOST /b HTTP/1.1\r\nhost: x\r\ntransfer-encoding: Chunked\r\n\r\n3;e=1\r\nabc\r\n2\r\nde\r\n0\r\nx-trailer: 1\r\n\r\n";
  const third = `GET http://other.example/c?d HTTP/1.1\r\n${close}\r\n`;
  const all = first + second + third;
  const expected = ["POST /a?q=1: hello", "POST /b: abcde", "GET /c?d: "];
  for (const pieces of [[all], all.split(""), [all.slice(0, 70), all.slice(70, 140), all.slice(140)]]) {
    seen = [];
    expect(statuses(await exchange(pieces))).toEqual([200, 200, 200]);
    expect(seen).toEqual(expected);
  }
});

const headOf = (bytes: number) => `GET /long HTTP/1.1\r\n${close}x-a: `.padEnd(bytes, "b");
const cutAnywhere: [name: string, pieces: string[], statuses: number[]][] = [
  ["empty lines before a request", ["\r\n", "\r", "\n\r\n", `GET / HTTP/1.1\r\n${close}\r\n`], [200]],
  ["an empty line before what is no HTTP", ["\r\n", "\r\n", "\u0016 / HTTP/1.1\r\nhost: x\r\n\r\n"], [400]],
  ["a CR alone before a request", ["\r", "GET / HTTP/1.1\r\nhost: x\r\n\r\n"], [400]],
  ["a method that begins with a digit", ["9", "GET / HTTP/1.1\r\nhost: x\r\n\r\n"], [400]],
  ["a method that begins with a mark", ["$GET / HTTP", "/1.1\r\nhost: x\r\n\r\n"], [400]],
  ["another version after a line feed", ["GET / HTTP/2.0\nhost: x", "\r\n\r\n"], [400]],
  [
    "a line feed in a head that is too long",
    ["GET / HTTP/1.1\nhost: x", `\r\nx-a: ${"b".repeat(3_000)}\r\n\r\n`],
    [400],
  ],
  ["the longest head", [headOf(limits.headBytesMax), "\r", "\n\r", "\n"], [200]],
  ["a head that is a byte too long", [headOf(limits.headBytesMax + 1), "\r", "\n\r", "\n"], [431]],
];
for (const [name, pieces, expected] of cutAnywhere) {
  test(`the answer does not depend on how the bytes arrive: ${name}`, async () => {
    const texts = [await exchange(pieces), await exchange([pieces.join("")])];
    expect(texts.map(statuses)).toEqual([expected, expected]);
    expect(texts[1]).toBe(texts[0] ?? "");
  });
}

test("requests that were sent ahead wait for the answer to the one before", async () => {
  seen = [];
  const text = await exchange([`GET /late HTTP/1.1\r\nhost: x\r\n\r\nGET /next HTTP/1.1\r\n${close}\r\n`]);
  expect(text.indexOf("late")).toBeLessThan(text.indexOf("[0]"));
  expect(statuses(text)).toEqual([200, 200]);
});

test("a thousand requests sent ahead are all answered", async () => {
  const text = await exchange([`${"GET / HTTP/1.1\r\nhost: x\r\n\r\n".repeat(1_000)}GET / HTTP/1.1\r\n${close}\r\n`]);
  expect(statuses(text)).toHaveLength(1_001);
});

test("HEAD is GET without a body; headers hold no line ends", async () => {
  const head = await exchange([`HEAD /x HTTP/1.1\r\n${close}\r\n`]);
  const get = await exchange([`GET /x HTTP/1.1\r\n${close}\r\n`]);
  expect(head).toBe(get.slice(0, get.indexOf("\r\n\r\n") + 4));
  expect(get).toEndWith("[0]");
  expect(get).toContain("x-note: a??set-cookie: b\r\n");
  expect(await exchange([`HEAD /pieces HTTP/1.1\r\n${close}\r\n`])).toEndWith("\r\n\r\n");
});

test("a streamed answer comes in chunks, to HTTP/1.0 without them", async () => {
  const chunked = await exchange([`GET /pieces HTTP/1.1\r\n${close}\r\n`]);
  const body = chunked.slice(chunked.indexOf("\r\n\r\n") + 4);
  expect(Buffer.from(body, "latin1").toString()).toBe("4\r\none \r\n4\r\ntwo \r\na\r\nثلاثة\r\n4\r\n end\r\n0\r\n\r\n");
  const plain = await exchange(["GET /pieces HTTP/1.0\r\nconnection: keep-alive\r\n\r\n"]);
  expect(plain).toContain("connection: close");
  expect(Buffer.from(plain, "latin1").toString()).toEndWith("\r\n\r\none two ثلاثة end");
});

test("HTTP/1.0 keeps its connection only when asked", async () => {
  expect(await exchange(["GET / HTTP/1.0\r\n\r\n"])).toContain("connection: close");
  const text = await exchange(["GET / HTTP/1.0\r\nconnection: Keep-Alive\r\n\r\nGET / HTTP/1.0\r\n\r\n"]);
  expect(text).toContain("connection: keep-alive");
  expect(statuses(text)).toEqual([200, 200]);
});

test("a stream that is cut ends without the end of its body", async () => {
  const text = await exchange([`GET /cut HTTP/1.1\r\n${close}\r\n`]);
  expect(text).toEndWith("\r\n\r\n5\r\nbegun\r\n");
});

test("100 Continue is sent when the body is wanted, and not when it is refused", async () => {
  const head = (path: string) => `POST ${path} HTTP/1.1\r\n${close}content-length: 3\r\nexpect: 100-continue\r\n\r\n`;
  expect(statuses(await exchange([head("/x"), /100 Continue/, "abc"]))).toEqual([100, 200]);
  expect(statuses(await exchange([head("/unread")]))).toEqual([401]);
  expect(statuses(await exchange([head("/x").replace("1.1", "1.0"), "abc"]))).toEqual([200]);
});

test("a client that is still sending reads why it was refused", async () => {
  const half = Buffer.alloc(1_000_000, "x");
  const text = await exchange([
    `POST /unread HTTP/1.1\r\nhost: x\r\ncontent-length: 9000000\r\n\r\n`,
    half,
    half,
    half,
  ]);
  expect(statuses(text)).toEqual([401]);
  expect(text).toContain("connection: close");
  expect(text).toEndWith("no key");
  // The same with a body that is announced too large for this path.
  expect(statuses(await exchange([`POST /x HTTP/1.1\r\nhost: x\r\ncontent-length: 9000000\r\n\r\n`, half]))).toEqual([
    413,
  ]);
});

test("a body that stops is given up after its time", async () => {
  const text = await exchange(["POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc"]);
  expect(statuses(text)).toEqual([408]);
});

test("large bodies go both ways whole", async () => {
  seen = [];
  const text = await exchange([
    `POST /big HTTP/1.1\r\n${close}content-length: 2500000\r\n\r\n`,
    Buffer.alloc(2_500_000, "a"),
  ]);
  expect(seen).toEqual(["POST /big: 2500000"]);
  expect(text.slice(text.indexOf("\r\n\r\n") + 4)).toBe("b".repeat(8_000_000));
});

test("a request in the same segment as the end of a large body is not lost", async () => {
  seen = [];
  const size = 900_000;
  const head = `POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: ${size}\r\n\r\n`;
  const end = Buffer.concat([Buffer.alloc(size - 100_000, "b"), Buffer.from(`GET /next HTTP/1.1\r\n${close}\r\n`)]);
  expect(statuses(await exchange([head, Buffer.alloc(100_000, "a"), end]))).toEqual([200, 200]);
  expect(seen).toEqual([`POST /a: ${size}`, "GET /next: "]);
});

test("a client that leaves is noticed, and only until its answer is complete", async () => {
  left = 0;
  const socket = connect(server.port, "127.0.0.1");
  socket.write("GET /late HTTP/1.1\r\nhost: x\r\n\r\n");
  await Bun.sleep(50);
  socket.destroy();
  await eventually("the departure", () => left === 1);
  await exchange([`GET /late HTTP/1.1\r\n${close}\r\n`]);
  expect(left).toBe(1);
  // Whoever asks later than that hears it, too.
  const early = connect(server.port, "127.0.0.1");
  early.write("GET /watch-late HTTP/1.1\r\nhost: x\r\n\r\n");
  await Bun.sleep(50);
  early.destroy();
  await eventually("the earlier departure", () => left === 2);
  // One that has sent much ahead is sent away, since its departure could not be seen.
  await exchange(["GET /late HTTP/1.1\r\nhost: x\r\n\r\n", Buffer.alloc(200_000, "x")]);
  expect(left).toBe(3);
});

test("idle clients, and those that do not read a complete answer, are given up", async () => {
  const idle = connect(server.port, "127.0.0.1");
  const readers = ["/big", "/endless"].map((path) => {
    const reader = connect(server.port, "127.0.0.1");
    reader.pause();
    reader.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
    return reader;
  });
  for (const socket of [idle, ...readers]) socket.on("error", () => undefined);
  await eventually("the connections", () => server.connectionCount >= 3);
  await eventually("their end", () => server.connectionCount === 0);
  for (const socket of [idle, ...readers]) socket.destroy();
});

test("a handler that throws ends its connection, not the server", async () => {
  expect(await exchange(["GET /throws HTTP/1.1\r\nhost: x\r\n\r\n"])).toBe("");
  expect(statuses(await exchange([`GET / HTTP/1.1\r\n${close}\r\n`]))).toEqual([200]);
});

test("a server that stops ends idle connections, and gives the answers under way", async () => {
  const own = listenHttp(
    { handle: (request) => void handle(request), refuse: () => "", refusals },
    { host: "127.0.0.1", port: 0, reusePort: false },
  );
  const idle = connect(own.port, "127.0.0.1");
  const busy = connect(own.port, "127.0.0.1");
  const texts = ["", ""];
  busy.on("data", (bytes) => (texts[1] += bytes.toString()));
  busy.write("GET /late HTTP/1.1\r\nhost: x\r\n\r\n");
  await eventually("both connections", () => own.connectionCount === 2);
  await Bun.sleep(50);
  await own.drain();
  expect(texts[1]).toContain("connection: close");
  expect(texts[1]).toEndWith("late");
  expect(own.connectionCount).toBe(0);
  idle.destroy();
  const again = connect(own.port, "127.0.0.1");
  const error = await new Promise<{ code?: string }>((resolve) => again.on("error", resolve));
  expect(error.code).toBe("ECONNREFUSED");
  own.close();
});

test("a port that is taken says so", () => {
  const open = () =>
    listenHttp(
      { handle: () => undefined, refuse: () => "", refusals },
      { host: "127.0.0.1", port: server.port, reusePort: false },
    );
  expect(open).toThrow(expect.objectContaining({ code: "EADDRINUSE" }));
});

test("a body in pieces is never held whole, whatever its framing; a coded or too large one is refused", async () => {
  const send = async (body: RequestInit["body"], headers: Record<string, string> = {}) => {
    const response = await fetch(`http://127.0.0.1:${server.port}/stream-in`, { method: "POST", body, headers });
    return [response.status, await response.text()];
  };
  expect(await send(Buffer.alloc(40_000_000))).toEqual([200, '{"bytes":40000000,"isWhole":false}']);
  const chunked = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let i = 0; i < 300; i++) controller.enqueue(new Uint8Array(100_000));
      controller.close();
    },
  });
  expect(await send(chunked)).toEqual([200, '{"bytes":30000000,"isWhole":false}']);
  expect(await send("small")).toEqual([200, '{"bytes":5,"isWhole":false}']);
  expect((await send("small", { "content-encoding": "gzip" }))[0]).toBe(415);
  expect((await send(Buffer.alloc(50_000_001)))[0]).toBe(413);
});
