import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { openLog } from "../base/log.ts";
import { Refusals } from "../base/refusals.ts";
import { headerLine, listenHttp, noHeaders, type HttpServer } from "./index.ts";

// A body in the smallest pieces costs about what a body of as many bytes costs.

let server: HttpServer;
/** How often room for more of the last body was asked for. */
let asked = 0;

beforeAll(() => {
  const watcher = { holdBody: () => void asked++, cancel: () => undefined };
  const refusals = new Refusals(openLog({ level: "silent", pretty: false }));
  server = listenHttp(
    {
      handle(request) {
        asked = 0;
        void (async () => {
          const body = await request.readBody(10_000_000, watcher);
          request.answer(200, headerLine("x-hash", Bun.hash(body).toString(16)), String(body.length));
        })().catch(() => request.answer(500, noHeaders, ""));
      },
      refuse: () => "",
      refusals,
    },
    { host: "127.0.0.1", port: 0, reusePort: false },
  );
});
afterAll(() => server.close());

function post(headers: string, body: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(server.port, "127.0.0.1");
    socket.on("data", (data) => (text += data.toString()));
    socket.on("close", () => resolve(text));
    socket.write(`POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${headers}\r\n\r\n`);
    socket.write(body);
  });
}

test("a body in chunks of a byte takes little more than its bytes, and is counted by what is read at a time", async () => {
  const data = Buffer.from(Array.from({ length: 1_000_000 }, (_, index) => 97 + (index % 26)));
  const hash = Bun.hash(data).toString(16);
  const chunks = Buffer.alloc(data.length * 6 + 5);
  for (const [index, byte] of data.entries()) {
    chunks.write("1\r\n", index * 6, "latin1");
    chunks[index * 6 + 3] = byte;
    chunks.write("\r\n", index * 6 + 4, "latin1");
  }
  chunks.write("0\r\n\r\n", data.length * 6, "latin1");
  const answer = await post("transfer-encoding: chunked", chunks);
  expect(answer).toContain(`x-hash: ${hash}\r\n`);
  expect(answer).toEndWith("1000000");
  expect(asked).toBeLessThan(2_000);
});

test("pieces of all sizes come out as they were sent", async () => {
  for (const sizes of [
    [1],
    [5_000, 1, 1, 70_000, 3],
    [2_047, 2_048, 2_049],
    Array.from({ length: 500 }, (_, i) => i + 1),
  ]) {
    const data = sizes.map((size, index) => Buffer.alloc(size, 97 + (index % 26)));
    const hash = Bun.hash(Buffer.concat(data)).toString(16);
    const chunks = data.map((piece) =>
      Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]),
    );
    const answer = await post("transfer-encoding: chunked", Buffer.concat([...chunks, Buffer.from("0\r\n\r\n")]));
    expect(answer).toContain(`x-hash: ${hash}\r\n`);
  }
});

test("large bodies of a known length come out as they were sent, put together at once or later", async () => {
  for (const size of [300_000, 1_000_000, 1_048_577, 5_000_000]) {
    const data = Buffer.from(Array.from({ length: size }, (_, index) => (index * 7919) >> 8));
    const answer = await post(`content-length: ${size}`, data);
    expect(answer).toContain(`x-hash: ${Bun.hash(data).toString(16)}\r\n`);
  }
});
