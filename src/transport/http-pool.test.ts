import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SahabError } from "../base/errors.ts";
import { closeAfterEach } from "../testing/close-after-each.ts";
import { eventually } from "../testing/eventually.ts";
import { reply, serveByHand, type HandmadeServer, type RequestHandler } from "../testing/http-by-hand.ts";
import { makeAuthority, type Authority, type Certificate } from "../testing/self-signed.ts";
import { newAttempt, rejectionOf, sendRequest, textOf } from "../testing/send-request.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { HttpPool } from "./http-pool.ts";

const folder = makeTemporaryFolder();
const closeLater = closeAfterEach();
const enough = new SahabError("shutting_down", "enough");
let authority: Authority;
let certificate: Certificate;

beforeAll(async () => {
  authority = await makeAuthority(folder, "ca");
  certificate = await authority.issue("server", "DNS:localhost,IP:127.0.0.1");
});

afterAll(() => removeTemporaryFolder(folder));

// One transport for both, so each promise is kept over both.
describe.each(["http", "https"])("over %s", (scheme) => {
  async function listen(onRequest: RequestHandler): Promise<HandmadeServer> {
    return closeLater(await serveByHand(onRequest, { tls: scheme === "https" ? certificate : undefined }));
  }

  const poolOf = (port: number, ageMsMax?: number) =>
    new HttpPool({ address: new URL(`${scheme}://127.0.0.1:${port}`), tls: { ca: authority.cert }, ageMsMax });

  test("a connection is used again, and bodies in pieces arrive whole", async () => {
    const { port } = await listen((request, socket, connection) =>
      reply(socket, `${connection}:${request.split("\r\n\r\n")[1]}`),
    );
    const pool = poolOf(port);
    expect(await textOf(sendRequest(pool, ["one ", "two"]))).toBe("1:one two");
    expect(await textOf(sendRequest(pool, ["three"]))).toBe("1:three");
    const large = "x".repeat(3_000_000);
    expect(await textOf(sendRequest(pool, ["<", large, ">"]))).toBe(`1:<${large}>`);
  });

  test("requests at the same time have connections of their own", async () => {
    const waiting: (() => void)[] = [];
    const { port } = await listen((request, socket) => {
      waiting.push(() => reply(socket, request.slice(-1)));
      if (waiting.length === 3) for (const answer of waiting.toReversed()) answer();
    });
    const pool = poolOf(port);
    const answers = await Promise.all(["a", "b", "c"].map((name) => textOf(sendRequest(pool, [name]))));
    expect(answers).toEqual(["a", "b", "c"]);
  });

  test("a kept connection that the server closes during a request is replaced once, and the caller does not notice", async () => {
    const { port } = await listen((_request, socket, connection) => {
      if (connection === 1 && socket.bytesWritten > 0 && answered) socket.destroy();
      else reply(socket, String(connection));
    });
    let answered = false;
    const pool = poolOf(port);
    expect(await textOf(sendRequest(pool))).toBe("1");
    answered = true;
    expect(await textOf(sendRequest(pool))).toBe("2");
  });

  test("a fresh connection that is closed without an answer is an error, not tried again", async () => {
    let requests = 0;
    const { port } = await listen((_request, socket) => {
      requests++;
      socket.destroy();
    });
    expect(await rejectionOf(sendRequest(poolOf(port)))).toMatchObject({
      message: expect.stringContaining("closed before it answered"),
    });
    expect(requests).toBe(1);
  });

  test("an answer with more than it announced is cut there, and its connection is not used again", async () => {
    const { port } = await listen((_request, socket, connection) => {
      socket.write(
        `HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n${connection}HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil`,
      );
    });
    const pool = poolOf(port);
    expect(await textOf(sendRequest(pool))).toBe("1");
    expect(await textOf(sendRequest(pool))).toBe("2");
  });

  test("an answer that comes while none is asked for closes its connection, and is nobody's", async () => {
    let isClosed = false;
    const { port } = await listen((_request, socket, connection) => {
      reply(socket, String(connection));
      if (connection > 1) return;
      socket.on("close", () => (isClosed = true));
      setTimeout(() => reply(socket, "evil"), 20);
    });
    const pool = poolOf(port);
    expect(await textOf(sendRequest(pool))).toBe("1");
    // Sooner than an idle connection is closed anyway.
    await eventually("the connection to be closed", () => isClosed, 2_500);
    expect(await textOf(sendRequest(pool))).toBe("2");
  });

  test("interim answers are skipped", async () => {
    const { port } = await listen((_request, socket) => {
      socket.write("HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n");
      reply(socket, "ok");
    });
    expect(await textOf(sendRequest(poolOf(port)))).toBe("ok");
  });

  test("ending the attempt closes the connection at once, before and in the middle of an answer", async () => {
    for (const begun of [false, true]) {
      const closed = Promise.withResolvers<void>();
      const arrived = Promise.withResolvers<void>();
      const { port } = await listen((_request, socket) => {
        socket.on("close", () => closed.resolve());
        arrived.resolve();
        if (begun) socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n");
      });
      const attempt = newAttempt();
      const sending = sendRequest(poolOf(port), ["x"], { attempt });
      if (begun) {
        const answer = await sending;
        expect((await answer.read()).value?.toString()).toBe("a");
        const next = Promise.resolve(answer.read());
        attempt.cancel(enough);
        expect(await rejectionOf(next)).toBe(enough);
      } else {
        const rejected = rejectionOf(sending);
        await arrived.promise;
        attempt.cancel(enough);
        expect(await rejected).toBe(enough);
      }
      await closed.promise;
    }
  });

  test("an unread body is not taken from the server without bound", async () => {
    let sent = 0;
    const total = 64 * 1024 * 1024;
    const { port } = await listen((_request, socket) => {
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
    const answer = await sendRequest(poolOf(port));
    await Bun.sleep(500);
    // The kernel's buffers on both sides hold some of it, never the whole.
    expect(sent).toBeLessThan(total / 2);
    expect((await textOf(answer)).length).toBe(total);
    expect(sent).toBe(total);
  });

  test("a connection whose last bytes came while much was unread takes the next request, and the old answer stays whole", async () => {
    const body = "x".repeat(400_000);
    const { port } = await listen((request, socket, connection) =>
      reply(socket, request.endsWith("large") ? body : String(connection)),
    );
    const pool = poolOf(port);
    // The kernel cuts the body as it likes; several rounds meet the case that the last cut is the one that pauses.
    for (let round = 0; round < 20; round++) {
      const unread = await sendRequest(pool, ["large"]);
      await Bun.sleep(5);
      expect(await Promise.race([textOf(sendRequest(pool, ["small"])), Bun.sleep(3_000)])).toMatch(/^\d+$/);
      expect(await textOf(unread)).toBe(body);
    }
  });

  test("a body without a length is whole although much of it was unread when the server closed", async () => {
    const body = "y".repeat(1_500_000);
    const { port } = await listen((_request, socket) => socket.end(`HTTP/1.1 200 OK\r\n\r\n${body}`));
    const answer = await sendRequest(poolOf(port));
    await Bun.sleep(100);
    expect((await textOf(answer)).length).toBe(body.length);
  });

  test("a connection that is too old takes no further request", async () => {
    const { port } = await listen((_request, socket, connection) => reply(socket, String(connection)));
    const pool = poolOf(port, 150);
    expect(await textOf(sendRequest(pool))).toBe("1");
    await Bun.sleep(200);
    expect(await textOf(sendRequest(pool))).toBe("2");
  });

  test("many one-byte chunks are read in few pieces", async () => {
    const count = 2_000;
    const { port } = await listen((_request, socket) => {
      socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
      socket.write("1\r\nz\r\n".repeat(count));
      socket.write("0\r\n\r\n");
    });
    const answer = await sendRequest(poolOf(port));
    let [text, pieces] = ["", 0];
    for (let piece = await answer.read(); !piece.done; piece = await answer.read()) {
      text += Buffer.from(piece.value ?? []).toString();
      pieces++;
    }
    expect(text).toBe("z".repeat(count));
    expect(pieces).toBeLessThan(20);
  });

  test("pieces that wait for a slow reader are handed over together", async () => {
    const sent = Promise.withResolvers<void>();
    const { port } = await listen((_request, socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n");
      let left = 20;
      const timer = setInterval(() => {
        socket.write("w");
        if (--left > 0) return;
        clearInterval(timer);
        sent.resolve();
      }, 2);
    });
    const answer = await sendRequest(poolOf(port));
    await sent.promise;
    await Bun.sleep(100);
    expect((await answer.read()).value?.length).toBe(20);
    expect((await answer.read()).done).toBe(true);
  });

  test("a refusal that comes before the whole request was sent can be read, and its connection is not used again", async () => {
    const large = "x".repeat(30_000_000);
    const server = await serveByHand(() => undefined, {
      tls: scheme === "https" ? certificate : undefined,
      onConnection(socket) {
        socket.once("data", () => {
          socket.pause();
          socket.write("HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nbig");
        });
      },
    });
    closeLater(server);
    const pool = poolOf(server.port);
    for (const connections of [1, 2]) {
      const attempt = newAttempt();
      const answer = await sendRequest(pool, [large], { attempt });
      expect({ status: answer.status, text: await textOf(answer) }).toEqual({ status: 413, text: "big" });
      expect(attempt.sentMs).toBeNull();
      expect(server.connections).toBe(connections);
    }
  });

  test("an answer of success before the whole request was sent is refused", async () => {
    const server = await serveByHand(() => undefined, {
      tls: scheme === "https" ? certificate : undefined,
      onConnection(socket) {
        socket.once("data", () => {
          socket.pause();
          reply(socket, "already");
        });
      },
    });
    closeLater(server);
    expect(await rejectionOf(sendRequest(poolOf(server.port), ["x".repeat(30_000_000)]))).toMatchObject({
      message: "the answer began with status 200 before the request was sent",
    });
  });

  test.each([
    ["Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok", "transfer-encoding beside a content-length"],
    ["Content-Length : 2\r\n\r\nok", "space before the colon"],
    ["Content-Length: 2\r\nContent-Length: 3\r\n\r\nok", "differ"],
    ["Content-Length: 2\r\n folded\r\n\r\nok", "folded"],
    ["Content-Length: 2\n\nok", "LF without CR"],
    ["X: a\0b\r\nContent-Length: 2\r\n\r\nok", "control character"],
    ["Content-Length: 2x\r\n\r\nok", "malformed content-length"],
    ["Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "not chunked alone"],
    [`X: ${"a".repeat(70_000)}\r\n\r\n`, "head has more than 65536 bytes"],
    ["Transfer-Encoding: chunked\r\n\r\n2z\r\nok\r\n0\r\n\r\n", "malformed chunk size"],
    ["Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nok", "malformed chunk size"],
    ["Transfer-Encoding: chunked\r\n\r\n2\r\nokX\r\n0\r\n\r\n", "longer than its size"],
  ])("a fault in the framing is named, and its connection closed: %j", async (rest, fault) => {
    const closed = Promise.withResolvers<void>();
    const { port } = await listen((_request, socket) => {
      socket.on("close", () => closed.resolve());
      socket.write(`HTTP/1.1 200 OK\r\n${rest}`);
    });
    expect(await rejectionOf(textOf(sendRequest(poolOf(port))))).toMatchObject({
      message: expect.stringContaining(fault),
    });
    await closed.promise;
  });

  test.each([
    ["HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n", "switches protocols"],
    ["HTTP/1.1 100 Continue\r\n\r\n".repeat(30), "interim answers"],
    ["HTTP/2 200 OK\r\n\r\n", "not HTTP/1"],
  ])("what is no answer is refused: %j", async (text, fault) => {
    const { port } = await listen((_request, socket) => socket.write(text));
    expect(await rejectionOf(sendRequest(poolOf(port)))).toMatchObject({ message: expect.stringContaining(fault) });
  });

  test("bytes after an answer that has no body are no part of the next one", async () => {
    const { port } = await listen((_request, socket, connection) => {
      if (connection === 1)
        socket.write("HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil");
      else reply(socket, "good");
    });
    const pool = poolOf(port);
    expect(await textOf(sendRequest(pool))).toBe("");
    expect(await textOf(sendRequest(pool))).toBe("good");
  });

  test("an address where nobody listens is reported as unreachable, and nothing counts as sent", async () => {
    const server = await listen(() => undefined);
    server.close();
    await eventually("the port to be closed", async () => {
      const attempt = newAttempt();
      const error = await rejectionOf(sendRequest(poolOf(server.port), ["x"], { attempt }));
      expect(attempt.sentMs).toBeNull();
      return (error as SahabError | undefined)?.message === "it cannot be reached (ECONNREFUSED)";
    });
  });
});
