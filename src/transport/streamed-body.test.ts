import { expect, test } from "bun:test";
import { SahabError } from "../base/errors.ts";
import { closeAfterEach } from "../testing/close-after-each.ts";
import { eventually } from "../testing/eventually.ts";
import { reply, serveByHand } from "../testing/http-by-hand.ts";
import { newAttempt } from "../testing/send-request.ts";
import { HttpPool } from "./http-pool.ts";

// Bodies that are read while they are sent.

const closeLater = closeAfterEach();
const poolOf = (port: number) => new HttpPool({ address: new URL(`http://127.0.0.1:${port}`) });
const pieceBytes = 64 * 1024;

/** A source of so many pieces, which counts those that were asked for and knows when it was left. */
function sourceOf(pieces: number, fails = false) {
  const seen = { given: 0, isLeft: false };
  async function* give(): AsyncGenerator<Uint8Array> {
    try {
      for (; seen.given < pieces; seen.given++) yield Buffer.alloc(pieceBytes, 97 + (seen.given % 26));
      if (fails) throw new Error("the source broke");
    } finally {
      seen.isLeft = true;
    }
  }
  return { seen, source: give() };
}

function send(pool: HttpPool, source: AsyncIterable<Uint8Array>, bytes: number, attempt = newAttempt()) {
  const head = pool.requestHead(new URL("http://127.0.0.1/files"), {});
  return pool.send(`${head}content-length: ${bytes}\r\n\r\n`, source, { attempt, connectMs: 1_000, answerMs: 5_000 });
}

test("a body of 50 MB arrives whole and in order, and counts as sent only then", async () => {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const bytes = Buffer.from(await request.arrayBuffer());
      return new Response(`${bytes.length} ${Bun.hash(bytes)}`);
    },
  });
  try {
    const { source } = sourceOf(800);
    const attempt = newAttempt();
    const answer = await send(poolOf(server.port ?? 0), source, 800 * pieceBytes, attempt);
    expect(attempt.sentMs).not.toBeNull();
    const expected = Buffer.concat(
      Array.from({ length: 800 }, (_, index) => Buffer.alloc(pieceBytes, 97 + (index % 26))),
    );
    const { value } = await answer.read();
    expect(Buffer.from(value ?? []).toString()).toBe(`${expected.length} ${Bun.hash(expected)}`);
  } finally {
    await server.stop(true);
  }
});

test("no more is asked of the source than the connection takes", async () => {
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { open: (socket) => socket.pause(), data: () => undefined },
  });
  const { seen, source } = sourceOf(10_000);
  const attempt = newAttempt();
  const sending = send(poolOf(listener.port), source, 10_000 * pieceBytes, attempt).catch((error: unknown) => error);
  await eventually("something was sent", () => seen.given > 0);
  await Bun.sleep(300);
  // The system's buffers hold some megabytes; all of it would be 655 MB.
  expect(seen.given * pieceBytes).toBeLessThan(32 * 1024 * 1024);
  attempt.cancel(new SahabError("shutting_down", "enough"));
  expect(await sending).toMatchObject({ code: "shutting_down" });
  await eventually("the source was left", () => seen.isLeft);
  listener.stop(true);
});

test("a source that breaks ends the call and its connection", async () => {
  const { port } = closeLater(await serveByHand(() => undefined));
  const { source } = sourceOf(2, true);
  const sending = send(poolOf(port), source, 3 * pieceBytes).catch((error: unknown) => error);
  expect(await sending).toMatchObject({ message: "the source broke" });
});

test("a refusal in the middle of the body is heard, and the rest is not read", async () => {
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket) {
        socket.write("HTTP/1.1 413 Content Too Large\r\ncontent-length: 3\r\n\r\nbig");
        socket.pause();
      },
    },
  });
  const { seen, source } = sourceOf(10_000);
  const answer = await send(poolOf(listener.port), source, 10_000 * pieceBytes);
  expect(answer.status).toBe(413);
  await eventually("the source was left", () => seen.isLeft);
  expect(seen.given).toBeLessThan(1_000);
  await answer.cancel();
  listener.stop(true);
});

test("after a streamed body the connection is used again", async () => {
  const { port } = closeLater(await serveByHand((_request, socket, connection) => reply(socket, String(connection))));
  const pool = poolOf(port);
  const { source } = sourceOf(1);
  const first = await send(pool, source, pieceBytes);
  expect(Buffer.from((await first.read()).value ?? []).toString()).toBe("1");
  await first.read();
  const head = pool.requestHead(new URL("http://127.0.0.1/files"), {});
  const options = { attempt: newAttempt(), connectMs: 1_000, answerMs: 5_000 };
  const second = await pool.send(`${head}content-length: 0\r\n\r\n`, [], options);
  expect(Buffer.from((await second.read()).value ?? []).toString()).toBe("1");
});
