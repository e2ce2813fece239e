import { afterEach, expect, test } from "bun:test";
import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { SahabError } from "../base/errors.ts";
import { Attempt } from "../call/index.ts";
import { HttpPool } from "./http-pool.ts";

const servers: Server[] = [];
const sockets = new Set<Socket>();

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** A server that calls `onRequest` with each whole request (head and body as latin1). */
async function listen(onRequest: (request: string, socket: Socket, connection: number) => void): Promise<number> {
  let connections = 0;
  const server = createServer((socket) => {
    const connection = ++connections;
    sockets.add(socket);
    socket.on("error", () => undefined);
    let text = "";
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      for (;;) {
        const end = text.indexOf("\r\n\r\n");
        if (end === -1) return;
        const whole = end + 4 + Number(/content-length: (\d+)/.exec(text)?.[1]);
        if (text.length < whole) return;
        const request = text.slice(0, whole);
        text = text.slice(whole);
        onRequest(request, socket, connection);
      }
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const newAttempt = () => new Attempt({ provider: "fake", model: "m" });
const enough = new SahabError("shutting_down", "enough");

function send(pool: HttpPool, parts: string[], attempt = newAttempt()) {
  const body = parts.map((part) => Buffer.from(part));
  const size = body.reduce((sum, part) => sum + part.length, 0);
  const head = `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${size}\r\n\r\n`;
  return pool.send(head, body, { attempt, connectMs: 2_000, onConnected: () => undefined });
}

/** What a promise rejects with; undefined when it does not. */
const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

const text = async (answer: Awaited<ReturnType<typeof send>>) => {
  const parts: Uint8Array[] = [];
  for (let piece = await answer.read(); !piece.done; piece = await answer.read())
    if (piece.value) parts.push(piece.value);
  return Buffer.concat(parts).toString("latin1");
};

const reply = (socket: Socket, body: string) =>
  socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);

test("a connection is used again, and bodies in pieces arrive whole", async () => {
  const port = await listen((request, socket, connection) =>
    reply(socket, `${connection}:${request.split("\r\n\r\n")[1]}`),
  );
  const pool = new HttpPool({ hostname: "127.0.0.1", port });
  expect(await text(await send(pool, ["one ", "two"]))).toBe("1:one two");
  expect(await text(await send(pool, ["three"]))).toBe("1:three");
  const large = "x".repeat(3_000_000);
  expect(await text(await send(pool, ["<", large, ">"]))).toBe(`1:<${large}>`);
});

test("requests at the same time have connections of their own", async () => {
  const waiting: (() => void)[] = [];
  const port = await listen((request, socket) => {
    waiting.push(() => reply(socket, request.slice(-1)));
    if (waiting.length === 3) for (const answer of waiting.toReversed()) answer();
  });
  const pool = new HttpPool({ hostname: "127.0.0.1", port });
  const answers = await Promise.all(["a", "b", "c"].map(async (name) => text(await send(pool, [name]))));
  expect(answers).toEqual(["a", "b", "c"]);
});

test("a kept connection that the server closes during a request is replaced once, and the caller does not notice", async () => {
  const port = await listen((_request, socket, connection) => {
    if (connection === 1 && socket.bytesWritten > 0) socket.destroy();
    else reply(socket, String(connection));
  });
  const pool = new HttpPool({ hostname: "127.0.0.1", port });
  expect(await text(await send(pool, ["x"]))).toBe("1");
  expect(await text(await send(pool, ["x"]))).toBe("2");
});

test("a fresh connection that is closed without an answer is an error, not tried again", async () => {
  let requests = 0;
  const port = await listen((_request, socket) => {
    requests++;
    socket.destroy();
  });
  const pool = new HttpPool({ hostname: "127.0.0.1", port });
  expect(await rejection(send(pool, ["x"]))).toMatchObject({
    message: expect.stringContaining("closed before it answered"),
  });
  expect(requests).toBe(1);
});

test("an answer with more than it announced is cut there, and its connection is not used again", async () => {
  const port = await listen((_request, socket, connection) => {
    socket.write(
      `HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n${connection}HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil`,
    );
  });
  const pool = new HttpPool({ hostname: "127.0.0.1", port });
  expect(await text(await send(pool, ["x"]))).toBe("1");
  expect(await text(await send(pool, ["x"]))).toBe("2");
});

test("interim answers are skipped", async () => {
  const port = await listen((_request, socket) => {
    socket.write("HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n");
    reply(socket, "ok");
  });
  expect(await text(await send(new HttpPool({ hostname: "127.0.0.1", port }), ["x"]))).toBe("ok");
});

test("ending the attempt closes the connection at once, before and in the middle of an answer", async () => {
  for (const begun of [false, true]) {
    const closed = Promise.withResolvers<void>();
    const port = await listen((_request, socket) => {
      socket.on("close", () => closed.resolve());
      if (begun) socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n");
    });
    const attempt = newAttempt();
    const sending = send(new HttpPool({ hostname: "127.0.0.1", port }), ["x"], attempt);
    if (begun) {
      const answer = await sending;
      expect((await answer.read()).value?.toString()).toBe("a");
      const next = answer.read();
      attempt.cancel(enough);
      expect(await rejection(next)).toBe(enough);
    } else {
      setTimeout(() => attempt.cancel(enough), 50);
      expect(await rejection(sending)).toBe(enough);
    }
    await closed.promise;
  }
});

test("an unread body is not taken from the server without bound", async () => {
  let sent = 0;
  const total = 64 * 1024 * 1024;
  const port = await listen((_request, socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${total}\r\n\r\n`);
    const piece = Buffer.alloc(64 * 1024);
    const more = () => {
      while (sent < total) {
        sent += piece.length;
        if (socket.write(piece)) continue;
        socket.once("drain", more);
        return;
      }
    };
    more();
  });
  const answer = await send(new HttpPool({ hostname: "127.0.0.1", port }), ["x"]);
  await Bun.sleep(500);
  // The kernel's buffers on both sides hold some of it, never the whole.
  expect(sent).toBeLessThan(total / 2);
  expect((await text(answer)).length).toBe(total);
  expect(sent).toBe(total);
});

test("a connection whose last bytes came while much was unread takes the next request, and the old answer stays whole", async () => {
  const body = "x".repeat(400_000);
  const port = await listen((request, socket, connection) =>
    reply(socket, request.endsWith("large") ? body : String(connection)),
  );
  const pool = new HttpPool({ hostname: "127.0.0.1", port });
  // The kernel cuts the body as it likes; several rounds meet the case that the last cut is the one that pauses.
  for (let round = 0; round < 20; round++) {
    const unread = await send(pool, ["large"]);
    await Bun.sleep(5);
    expect(await Promise.race([text(await send(pool, ["small"])), Bun.sleep(3_000)])).toMatch(/^\d+$/);
    expect(await text(unread)).toBe(body);
  }
});

test("an address where nobody listens is reported as unreachable", async () => {
  const port = await listen(() => undefined);
  servers.splice(0).forEach((server) => server.close());
  await Bun.sleep(20);
  expect(await rejection(send(new HttpPool({ hostname: "127.0.0.1", port }), ["x"]))).toMatchObject({
    code: "upstream_unreachable",
  });
});
