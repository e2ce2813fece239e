import { afterAll, beforeAll, expect, test } from "bun:test";
import { connect } from "node:net";
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { toSahabError } from "../base/errors.ts";
import { openLog } from "../base/log.ts";
import { Refusals } from "../base/refusals.ts";
import { decodeBody, readCodings } from "./decode-body.ts";
import { headerLine, listenHttp, noHeaders, type HttpRequest, type HttpServer } from "./index.ts";

// The codings of a request's body, over real connections. The server answers with what it read.

const bytesMax = 3_000_000;
const refusals = new Refusals(openLog({ level: "silent", pretty: false }));
let server: HttpServer;
/** What the watcher of the last request was told, each time. */
let held: number[] = [];
let heldMax = Number.POSITIVE_INFINITY;

beforeAll(() => {
  server = listenHttp(
    { handle: (request) => void handle(request), refuse: () => "", refusals },
    { host: "127.0.0.1", port: 0, reusePort: false },
  );
});
afterAll(() => server?.close());

async function handle(request: HttpRequest): Promise<void> {
  held = [];
  const watcher = {
    holdBody(bytes: number) {
      held.push(bytes);
      if (held.reduce((sum, part) => sum + part, 0) > heldMax) throw new Error("no room");
    },
    cancel: () => undefined,
  };
  try {
    const body = await request.readBody(bytesMax, watcher);
    request.answer(200, headerLine("x-bytes", String(body.length)), body.subarray(0, 100));
  } catch (thrown) {
    const error = toSahabError(thrown);
    request.answer(error.status, noHeaders, `${error.code}: ${error.message}`);
  }
}

async function send(body: Uint8Array, coding?: string) {
  const response = await fetch(`http://127.0.0.1:${server.port}/`, {
    method: "POST",
    body: body as Uint8Array<ArrayBuffer>,
    ...(coding !== undefined && { headers: { "content-encoding": coding } }),
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

const text = `{"model":"m","messages":[${'{"role":"user","content":"云 and more"},'.repeat(200)}{}]}`;
const start = Buffer.from(text).subarray(0, 100).toString();
const compress = {
  gzip: gzipSync(text),
  "x-gzip": gzipSync(text),
  GZip: gzipSync(text),
  deflate: deflateSync(text),
  br: brotliCompressSync(text),
  zstd: zstdCompressSync(text),
};

for (const [coding, body] of [
  ...Object.entries(compress),
  ["deflate", deflateRawSync(text)],
  ["identity", Buffer.from(text)],
  ["", Buffer.from(text)],
  ["gzip, identity", compress.gzip],
  ["identity , gzip,", compress.gzip],
  ["gzip, br", brotliCompressSync(compress.gzip)],
  ["deflate, zstd, gzip", gzipSync(zstdCompressSync(compress.deflate))],
  ["gzip", Buffer.concat([gzipSync(text.slice(0, 50)), gzipSync(text.slice(50))])],
] as const)
  test(`"${coding}" is taken off`, async () => {
    const answer = await send(body, coding);
    expect(answer).toMatchObject({ status: 200, text: start });
    expect(answer.headers.get("x-bytes")).toBe(String(Buffer.byteLength(text)));
  });

test("a body in chunks is decoded, and one that waits for a sign is asked for at once", async () => {
  const socket = connect(server.port, "127.0.0.1");
  let received = "";
  socket.on("data", (bytes) => (received += bytes.toString("latin1")));
  const until = async (part: string) => {
    for (let i = 0; i < 100 && !received.includes(part); i++) await Bun.sleep(10);
    expect(received).toContain(part);
  };
  socket.write(
    "POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n",
  );
  await until("HTTP/1.1 100 Continue\r\n\r\n");
  for (let at = 0; at < compress.gzip.length; at += 30) {
    const part = compress.gzip.subarray(at, at + 30);
    socket.write(`${part.length.toString(16)}\r\n`);
    socket.write(part);
    socket.write("\r\n");
  }
  socket.write("0\r\n\r\n");
  await until(`x-bytes: ${Buffer.byteLength(text)}`);
  socket.destroy();
});

for (const coding of ["gzip", "deflate", "br", "zstd"] as const)
  test(`what is not whole and sound ${coding} is refused`, async () => {
    const whole = compress[coding];
    const damaged = Buffer.from(whole);
    for (let at = 10; at < 30; at++) damaged[at] = (damaged[at] ?? 0) ^ 0xff;
    const broken = {
      cut: whole.subarray(0, -3),
      half: whole.subarray(0, whole.length / 2),
      "a byte": whole.subarray(0, 1),
      "JSON as it is": Buffer.from(text),
      "more behind it": Buffer.concat([whole, Buffer.from("and more")]),
      damaged,
    };
    for (const [name, body] of Object.entries(broken)) {
      const { status, text: said } = await send(body, coding);
      expect({ name, status, said }).toEqual({
        name,
        status: 400,
        said: `invalid_request: Cannot decode the body: it is not whole and sound ${coding}`,
      });
    }
  });

test("a coding that is not known, or too many, are refused with what is allowed", async () => {
  for (const coding of ["rot13", "gzip, rot13", "constructor", "utf-8", "aws-chunked"]) {
    const { status, text: said, headers } = await send(compress.gzip, coding);
    expect([status, headers.get("accept-encoding")]).toEqual([415, "gzip, deflate, br, zstd, identity"]);
    const unknown = coding.split(", ").at(-1);
    expect(said).toBe(
      `unsupported_encoding: Cannot read a body with Content-Encoding "${unknown}"; allowed: gzip, deflate, br, zstd, identity`,
    );
  }
  const many = await send(compress.gzip, "gzip, gzip, gzip, gzip");
  expect([many.status, many.headers.get("accept-encoding")]).toEqual([415, "gzip, deflate, br, zstd, identity"]);
  expect(many.text).toContain("4 content codings; at most 3");
});

test("a body that would become too large is refused, and never held", async () => {
  const size = 60_000_000;
  const plain = Buffer.alloc(size, "{");
  const bombs = {
    gzip: gzipSync(plain),
    br: brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 2 } }),
    zstd: zstdCompressSync(plain),
    // The bound is for every layer, not for the innermost alone.
    "deflate, gzip": gzipSync(deflateSync(plain)),
    "gzip, zstd": zstdCompressSync(Buffer.alloc(size, gzipSync(""))),
  };
  for (const [coding, body] of Object.entries(bombs)) {
    const { status, text: said } = await send(body, coding);
    expect({ coding, status, said }).toMatchObject({ coding, status: 413 });
    expect(said).toMatch(/^body_too_large: The body has \d+ bytes or more once it is decoded; at most 3000000 are/);
    const decoded = held.reduce((sum, part) => sum + part, 0) - body.length;
    expect(decoded).toBeLessThanOrEqual(bytesMax * coding.split(",").length);
  }
  // A body of just that size is none.
  const fits = await send(gzipSync(plain.subarray(0, bytesMax)), "gzip");
  expect([fits.status, fits.headers.get("x-bytes")]).toEqual([200, String(bytesMax)]);
});

test("decoded bytes take room before they are kept, and end the reading where there is none", async () => {
  heldMax = 500_000;
  try {
    const { status } = await send(gzipSync(Buffer.alloc(2_000_000)), "gzip");
    expect(status).toBe(500);
    expect(held.reduce((sum, part) => sum + part, 0)).toBeLessThan(700_000);
  } finally {
    heldMax = Number.POSITIVE_INFINITY;
  }
});

test("large bodies are decoded without holding up the others", async () => {
  const body = gzipSync(Buffer.from(text.repeat(400)).subarray(0, bytesMax), { level: 1 });
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const answers = await Promise.all(Array.from({ length: 20 }, () => send(body, "gzip")));
  clearInterval(timer);
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  // Where the bodies give way to nobody, others have their turn two or three times in all.
  expect(turns).toBeGreaterThan(15);
});

test("a body that becomes nothing is decoded without holding up the others", async () => {
  const skipped = Buffer.from("502a4d1800000000", "hex");
  const body = Buffer.alloc(30_000_000, skipped);
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const decoded = await decodeBody(body, readCodings("zstd"), bytesMax, undefined);
  clearInterval(timer);
  expect(decoded).toHaveLength(0);
  // Without a turn it takes half a second.
  expect(turns).toBeGreaterThan(20);
});

test("of many bombs at once few are decoded, and a small body of another project does not wait for all of them", async () => {
  let open = 0;
  let most = 0;
  const order: string[] = [];
  const decodeOne = async (request: HttpRequest) => {
    const project = request.path.slice(1);
    let isOpen = false;
    const watcher = {
      tenant: { project, keyId: "key" },
      holdBody(bytes: number) {
        // The coded body is held before.
        if (bytes < 100 || isOpen || project === "quiet") return;
        isOpen = true;
        most = Math.max(most, ++open);
      },
      cancel: () => undefined,
    };
    const body = await request.readBody(32 * 1024 * 1024, watcher);
    if (isOpen) open--;
    order.push(project);
    request.answer(200, noHeaders, String(body.length));
  };
  const crowd = listenHttp(
    { handle: (request) => void decodeOne(request), refuse: () => "", refusals },
    { host: "127.0.0.1", port: 0, reusePort: false },
  );
  const bomb = brotliCompressSync(Buffer.alloc(30_000_000), { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } });
  expect(bomb.length).toBeLessThan(100);
  const ask = async (project: string, body: Uint8Array) => {
    const init = { method: "POST", body: body as Uint8Array<ArrayBuffer>, headers: { "content-encoding": "br" } };
    return await (await fetch(`http://127.0.0.1:${crowd.port}/${project}`, init)).text();
  };
  const bombs = Array.from({ length: 20 }, () => ask("noisy", bomb));
  const quiet = ask("quiet", brotliCompressSync("small"));
  expect(await quiet).toBe("5");
  expect(await Promise.all(bombs)).toEqual(Array.from({ length: 20 }, () => "30000000"));
  expect(most).toBeLessThanOrEqual(4);
  expect(order.indexOf("quiet")).toBeLessThan(12);
  crowd.close();
});
