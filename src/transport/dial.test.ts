import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createServer, type AddressInfo } from "node:net";
import { openBlackHole } from "../testing/black-hole.ts";
import { eventually } from "../testing/eventually.ts";
import { closeAfterEach } from "../testing/close-after-each.ts";
import { findFreePort } from "../testing/free-port.ts";
import { reply, serveByHand, type HandmadeServer } from "../testing/http-by-hand.ts";
import { makeAuthority, makeCertificate, type Authority, type Certificate } from "../testing/self-signed.ts";
import { newAttempt, rejectionOf, sendRequest, textOf } from "../testing/send-request.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { SahabError } from "../base/errors.ts";
import { HttpPool, type PoolOptions } from "./http-pool.ts";

// How a server is found, reached and recognised, over real sockets on the addresses of the loopback.

const folder = makeTemporaryFolder();
const closeLater = closeAfterEach();
let authority: Authority;
let good: Certificate;

beforeAll(async () => {
  authority = await makeAuthority(folder, "ca");
  good = await authority.issue("good", "DNS:vendor.example,IP:127.0.0.1");
});
afterAll(() => removeTemporaryFolder(folder));

function poolOf(address: string, options: Partial<PoolOptions> = {}): HttpPool {
  return new HttpPool({ address: new URL(address), ...options });
}

async function serve(options: Parameters<typeof serveByHand>[1] = {}): Promise<HandmadeServer> {
  return closeLater(await serveByHand((_request, socket) => reply(socket, socket.localAddress ?? ""), options));
}

describe("names and addresses", () => {
  test("a name that moves is followed once its connections are old", async () => {
    const port = await findFreePort();
    await serve({ host: "127.0.0.1", port });
    await serve({ host: "127.0.0.2", port });
    let address = "127.0.0.1";
    const pool = poolOf(`http://vendor.example:${port}`, {
      resolve: () => Promise.resolve([address]),
      ageMsMax: 200,
      nameMsMax: 100,
    });
    expect(await textOf(sendRequest(pool))).toBe("127.0.0.1");
    address = "127.0.0.2";
    // The connection is in steady use, so only its age can end it.
    expect(await textOf(sendRequest(pool))).toBe("127.0.0.1");
    await eventually("the new address", async () => (await textOf(sendRequest(pool))) === "127.0.0.2");
  });

  test("many connections at once ask for the name once", async () => {
    const { port } = await serve();
    let lookups = 0;
    const pool = poolOf(`http://vendor.example:${port}`, {
      async resolve() {
        lookups++;
        await Bun.sleep(20);
        return ["127.0.0.1"];
      },
    });
    await Promise.all(Array.from({ length: 20 }, () => textOf(sendRequest(pool))));
    expect(lookups).toBe(1);
  });

  test("an address that does not answer is passed over long before the time limit, and comes last afterwards", async () => {
    const hole = await openBlackHole({ host: "127.0.0.2" });
    closeLater(hole);
    const server = await serve({ port: hole.port });
    const pool = poolOf(`http://vendor.example:${hole.port}`, {
      resolve: () => Promise.resolve(["127.0.0.2", "127.0.0.1"]),
      ageMsMax: 0,
    });
    // With the hole alone the whole of this limit would pass, and the request fail.
    expect(await textOf(sendRequest(pool, ["x"], { connectMs: 3_000 }))).toBe("127.0.0.1");
    // Less than the time after which the second address is tried: the first one tried must be the good one.
    expect(await textOf(sendRequest(pool, ["x"], { connectMs: 240 }))).toBe("127.0.0.1");
    expect(server.connections).toBe(2);
  });

  test("an address that refuses is passed over at once", async () => {
    const { port } = await serve();
    const pool = poolOf(`http://vendor.example:${port}`, {
      resolve: () => Promise.resolve(["::1", "127.0.0.3", "127.0.0.1"]),
    });
    // Less than it would take to wait for each of the two.
    expect(await textOf(sendRequest(pool, ["x"], { connectMs: 490 }))).toBe("127.0.0.1");
  });

  test("where no address answers, the time limit covers all of them and the request counts as not sent", async () => {
    const hole = await openBlackHole();
    closeLater(hole);
    const attempt = newAttempt();
    expect(await rejectionOf(sendRequest(poolOf(hole.url), ["x"], { attempt, connectMs: 300 }))).toMatchObject({
      code: "upstream_timeout",
      message: "no connection was accepted within 300 ms",
    });
    expect(attempt.sentMs).toBeNull();
  });

  test("attempts that were given up are bounded: the runtime keeps them until the kernel ends them", async () => {
    const hole = await openBlackHole();
    closeLater(hole);
    const pool = poolOf(hole.url);
    const messages = async (count: number) => {
      const all = Array.from({ length: count }, () => rejectionOf(sendRequest(pool, ["x"], { connectMs: 200 })));
      return new Set((await Promise.all(all)).map((error) => (error as Error).message));
    };
    expect(await messages(256)).toEqual(new Set(["no connection was accepted within 200 ms"]));
    expect(await messages(1)).toEqual(new Set(["it has left too many earlier connections without an answer"]));
  });

  test("a name that is not found, and one whose lookup takes too long", async () => {
    expect(
      await rejectionOf(sendRequest(poolOf("http://no-such-host.invalid"), ["x"], { connectMs: 20_000 })),
    ).toMatchObject({
      code: "upstream_unreachable",
      message: expect.stringMatching(/^the name no-such-host.invalid cannot be resolved \(\w+\)$/),
    });
    const never = poolOf("http://vendor.example", { resolve: () => new Promise(() => undefined) });
    expect(await rejectionOf(sendRequest(never, ["x"], { connectMs: 100 }))).toMatchObject({
      code: "upstream_timeout",
      message: "no address of vendor.example was found within 100 ms",
    });
    const empty = poolOf("http://vendor.example", { resolve: () => Promise.resolve([]) });
    expect(await rejectionOf(sendRequest(empty))).toMatchObject({ message: "the name has no address" });
  });

  test("an attempt that is cancelled while it connects ends at once, and a late connection is closed", async () => {
    const closed = Promise.withResolvers<void>();
    const server = await serve({ onConnection: (socket) => socket.on("close", () => closed.resolve()) });
    const found = Promise.withResolvers<string[]>();
    const pool = poolOf(`http://vendor.example:${server.port}`, { resolve: () => found.promise });
    const attempt = newAttempt();
    const sending = rejectionOf(sendRequest(pool, ["x"], { attempt }));
    const enough = new SahabError("shutting_down", "enough");
    attempt.cancel(enough);
    expect(await sending).toBe(enough);
    found.resolve(["127.0.0.1"]);
    await Bun.sleep(50);
    expect(server.connections).toBe(0);

    const tls = await mute();
    const second = newAttempt();
    const handshake = rejectionOf(sendRequest(poolOf(`https://127.0.0.1:${tls.port}`), ["x"], { attempt: second }));
    await tls.connected;
    second.cancel(enough);
    expect(await handshake).toBe(enough);
    await tls.closed;
  });
});

/** A server that accepts connections and never says a word. */
async function mute(): Promise<{ port: number; connected: Promise<void>; closed: Promise<void> }> {
  const connected = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    connected.resolve();
    socket.on("error", () => undefined).on("close", () => closed.resolve());
    socket.resume();
  });
  closeLater({ close: () => server.close() });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, connected: connected.promise, closed: closed.promise };
}

describe("certificates", () => {
  const resolve = () => Promise.resolve(["127.0.0.1"]);

  test("a private authority is trusted where the provider names it, by name and by address; only names are sent ahead", async () => {
    const server = await serve({ tls: good });
    const tls = { ca: authority.cert };
    for (const host of ["vendor.example", "127.0.0.1"])
      expect(await textOf(sendRequest(poolOf(`https://${host}:${server.port}`, { tls, resolve })))).toBe("127.0.0.1");
    expect(server.serverNames).toEqual(["vendor.example", false]);
  });

  test("several certificates in one text are all trusted", async () => {
    const server = await serve({ tls: good });
    const other = await makeCertificate(folder, "other");
    const tls = { ca: `${other.cert}\nsome text between\n${authority.cert}` };
    expect(await textOf(sendRequest(poolOf(`https://127.0.0.1:${server.port}`, { tls })))).toBe("127.0.0.1");
  });

  test("what is refused is refused before a byte of the request is sent, with the reason in words", async () => {
    const expired = await authority.issue("expired", "DNS:vendor.example,IP:127.0.0.1", -1);
    const elsewhere = await authority.issue("elsewhere", "DNS:other.example,IP:127.0.0.9");
    const stranger = await makeCertificate(folder, "stranger");
    const cases: [string, Certificate, string, RegExp][] = [
      ["vendor.example", good, "", /not from a known authority \(\w+\).*tls\.ca$/],
      ["127.0.0.1", stranger, authority.cert, /not from a known authority/],
      ["vendor.example", expired, authority.cert, /has expired$/],
      ["vendor.example", elsewhere, authority.cert, /its certificate is not for vendor\.example$/],
      ["127.0.0.1", elsewhere, authority.cert, /its certificate is not for 127\.0\.0\.1$/],
    ];
    for (const [host, certificate, ca, reason] of cases) {
      let requests = 0;
      const server = await serveByHand(() => requests++, { tls: certificate });
      closeLater(server);
      const pool = poolOf(`https://${host}:${server.port}`, { resolve, tls: ca === "" ? {} : { ca } });
      const attempt = newAttempt();
      expect(await rejectionOf(sendRequest(pool, ["x"], { attempt }))).toMatchObject({
        code: "upstream_unreachable",
        message: expect.stringMatching(reason),
      });
      expect({ requests, sentMs: attempt.sentMs }).toEqual({ requests: 0, sentMs: null });
    }
  });

  test("insecure accepts them all", async () => {
    const expired = await authority.issue("expired", "DNS:other.example", -1);
    const server = await serve({ tls: expired });
    const pool = poolOf(`https://vendor.example:${server.port}`, { resolve, tls: { insecure: true } });
    expect(await textOf(sendRequest(pool))).toBe("127.0.0.1");
  });

  test("a later connection resumes the session, and one to a server that has changed its certificate is checked anew", async () => {
    const server = await serve({ tls: good });
    const pool = poolOf(`https://127.0.0.1:${server.port}`, { tls: { ca: authority.cert }, ageMsMax: 0 });
    for (let i = 0; i < 3; i++) await textOf(sendRequest(pool));
    expect([server.connections, server.resumed]).toEqual([3, 2]);
    server.close();
    const stranger = await makeCertificate(folder, "stranger");
    await serve({ tls: stranger, port: server.port });
    expect(await rejectionOf(sendRequest(pool))).toMatchObject({
      message: expect.stringContaining("not from a known authority"),
    });
  });

  test("a handshake that is not answered is bounded by the connect time, and counts as not sent", async () => {
    const server = await mute();
    const attempt = newAttempt();
    const pool = poolOf(`https://127.0.0.1:${server.port}`);
    expect(await rejectionOf(sendRequest(pool, ["x"], { attempt, connectMs: 300 }))).toMatchObject({
      code: "upstream_timeout",
      message: "the TLS handshake was not completed within 300 ms",
    });
    expect(attempt.sentMs).toBeNull();
    await server.closed;
  });

  test("a server that speaks no TLS, and one that hangs up, are said to be that", async () => {
    const plain = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"));
    });
    const rude = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.destroy());
    });
    for (const [server, message] of [
      [plain, "it does not speak TLS at this port"],
      [rude, "it closed the connection during the TLS handshake"],
    ] as const) {
      closeLater({ close: () => server.close() });
      await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
      const { port } = server.address() as AddressInfo;
      expect(await rejectionOf(sendRequest(poolOf(`https://127.0.0.1:${port}`)))).toMatchObject({
        code: "upstream_unreachable",
        message,
      });
    }
  });
});
