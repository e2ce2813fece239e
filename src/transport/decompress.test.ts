import { brotliCompressSync } from "node:zlib";
import { afterEach, expect, test } from "bun:test";
import { serveByHand, type HandmadeServer } from "../testing/http-by-hand.ts";
import { rejectionOf, sendRequest, textOf } from "../testing/send-request.ts";
import { decompress } from "./decompress.ts";
import { HttpPool } from "./http-pool.ts";

const servers: HandmadeServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** The decoded answer of a server that sends these bytes with that coding. */
async function answerOf(coding: string, body: Uint8Array) {
  const server = await serveByHand((_request, socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: ${coding}\r\ncontent-length: ${body.length}\r\n\r\n`);
    socket.write(body);
  });
  servers.push(server);
  return decompress(await sendRequest(new HttpPool({ address: new URL(`http://127.0.0.1:${server.port}`) })));
}

test.each([
  ["gzip", Bun.gzipSync("hello")],
  ["x-gzip", Bun.gzipSync("hello")],
  ["zstd", Bun.zstdCompressSync("hello")],
  ["Identity", Buffer.from("hello")],
])("%s is taken off, and with it the length of the compressed bytes", async (coding, body) => {
  const answer = await answerOf(coding, body);
  expect(answer.header("content-encoding")).toBe(coding === "Identity" ? coding : null);
  expect(answer.header("content-length")).toBe(coding === "Identity" ? "5" : null);
  expect(await textOf(answer)).toBe("hello");
});

test("a body that decodes to a thousand times its size is decoded no further than it is read", async () => {
  const answer = await answerOf("gzip", Bun.gzipSync(Buffer.alloc(200 * 1024 * 1024)));
  const before = process.memoryUsage.rss();
  const piece = await answer.read();
  expect(piece.value?.length).toBeGreaterThan(0);
  expect(piece.value?.length).toBeLessThan(1024 * 1024);
  await Bun.sleep(100);
  expect(process.memoryUsage.rss() - before).toBeLessThan(50 * 1024 * 1024);
  await answer.cancel();
});

test("of what a few bytes become, others have their turn between two pieces", async () => {
  const answer = await answerOf("br", brotliCompressSync(Buffer.alloc(100_000_000)));
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  for (let piece = await answer.read(); !piece.done; piece = await answer.read());
  clearInterval(timer);
  // Read at once it takes 0.7 s without a turn.
  expect(turns).toBeGreaterThan(20);
});

test("what is cut off or damaged is an error, never a short body", async () => {
  const whole = Bun.gzipSync(Buffer.from("hello ".repeat(1000)));
  expect(await rejectionOf(textOf(await answerOf("gzip", whole.subarray(0, -5))))).toBeInstanceOf(Error);
  expect(await rejectionOf(textOf(await answerOf("gzip", Buffer.from("not gzip at all"))))).toBeInstanceOf(Error);
});

test("a coding that is not known is named", async () => {
  expect(await rejectionOf(answerOf("rot13", Buffer.from("uryyb")))).toMatchObject({
    message: "the answer has the content coding rot13, which was not asked for",
  });
});
