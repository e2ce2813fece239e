import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { connect as connectPlain } from "node:net";
import { connect, type ConnectionOptions } from "node:tls";
import { openLog } from "../base/log.ts";
import { Refusals } from "../base/refusals.ts";
import { eventually } from "../testing/eventually.ts";
import { makeAuthority, makeCertificate, type Authority, type Certificate } from "../testing/self-signed.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { headerLine, noHeaders } from "./header-lines.ts";
import type { HttpRequest } from "./http-request.ts";
import { listenHttp, type HttpServer } from "./http-server.ts";

// HTTP over TLS on real sockets, spoken by curl, the runtime's fetch and the platform's TLS client.

const folder = makeTemporaryFolder();
const refused: string[] = [];
const refusals = new Refusals(openLog({ level: "silent", pretty: false }));
const servers: HttpServer[] = [];
let first: Certificate;
let second: Certificate;
let clients: Authority;

beforeAll(async () => {
  first = await makeCertificate(folder, "first");
  second = await makeCertificate(folder, "second");
  clients = await makeAuthority(folder, "clients");
});
afterAll(() => {
  for (const server of servers) server.close();
  removeTemporaryFolder(folder);
});

async function handle(request: HttpRequest): Promise<void> {
  if (request.path === "/big") return request.answer(200, noHeaders, Buffer.alloc(8_000_000, "b"));
  if (request.path === "/events") {
    const sink = request.stream(200, headerLine("content-type", "text/event-stream"));
    for (let i = 0; i < 20; i++) await sink.write(`data: ${i}\n\n`);
    return sink.end();
  }
  const body = await request.readBody(3_000_000);
  request.answer(200, headerLine("x-length", String(body.length)), body);
}

function serve(settings: () => Bun.TLSOptions): HttpServer {
  const server = listenHttp(
    {
      handle: (request) => void handle(request).catch(() => request.abort()),
      refuse: ({ message }) => JSON.stringify({ error: message }),
      refusals,
    },
    {
      host: "127.0.0.1",
      port: 0,
      reusePort: false,
      limits: { idleMs: 700, headMs: 700, lingerMs: 500 },
      tls: {
        get settings() {
          return settings();
        },
        onRefused: (reason) => void refused.push(reason),
      },
    },
  );
  servers.push(server);
  return server;
}

const plainPair = () => ({ cert: first.cert, key: first.key });

async function run(command: string[]): Promise<string> {
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return stdout + stderr;
}

/** A whole exchange by the platform's client; what the server sent until it ended the connection. */
function speak(options: ConnectionOptions, request: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", ca: [first.cert, second.cert], ...options });
    let text = "";
    socket.on("secureConnect", () => socket.write(request));
    socket.on("data", (bytes) => (text += bytes.toString("latin1")));
    socket.on("error", (error) => (text += String((error as { code?: string }).code)));
    socket.on("end", () => socket.end());
    socket.on("close", () => resolve(text));
  });
}

test("bodies, large answers and streams pass whole, and a connection is kept", async () => {
  const server = serve(plainPair);
  const address = `https://127.0.0.1:${server.port}`;
  const init = { tls: { ca: first.cert } };
  const body = Buffer.alloc(2_000_000, "a");
  const echoed = await fetch(address, { method: "POST", body, ...init });
  expect((await echoed.bytes()).length).toBe(body.length);
  expect((await (await fetch(`${address}/big`, init)).bytes()).length).toBe(8_000_000);
  expect((await (await fetch(`${address}/events`, init)).text()).split("\n\n").length).toBe(21);
  expect(server.connectionCount).toBe(1);
  expect(await run(["curl", "-sS", "--cacert", first.file, "-d", "hello", address])).toBe("hello");
  expect(await run(["curl", "-sS", "--cacert", first.file, "--tls-max", "1.2", "-d", "older", address])).toBe("older");
  const old = ["--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0"];
  expect(await run(["curl", "-sS", "--cacert", first.file, ...old, address])).toMatch(/protocol version|alert/);
});

test("a client that reads slowly gets all of a large answer", async () => {
  const { port } = serve(plainPair);
  const socket = connect({ host: "127.0.0.1", port, ca: first.cert });
  socket.write("GET /big HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
  let bytes = 0;
  for await (const chunk of socket) {
    bytes += (chunk as Buffer).length;
    if (bytes < 400_000) await Bun.sleep(10);
  }
  expect(bytes).toBeGreaterThan(8_000_000);
});

test("the next connection gets the new certificate, the open one keeps the old", async () => {
  let pair = first;
  const { port } = serve(() => ({ cert: pair.cert, key: pair.key }));
  const kept = connect({ host: "127.0.0.1", port, ca: first.cert });
  await new Promise((resolve) => kept.once("secureConnect", resolve));
  pair = second;
  const answer = await speak({ port, ca: second.cert }, "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
  expect(answer).toContain("200 OK");
  const early = await speak({ port, ca: first.cert }, "GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  expect(early).toContain("SELF_SIGNED");
  kept.write("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
  const [chunk] = (await kept.take(1).toArray()) as Buffer[];
  expect(chunk?.toString()).toContain("200 OK");
});

test("where an authority for clients is given, only its clients come in", async () => {
  const { port } = serve(() => ({ ...plainPair(), ca: clients.cert, requestCert: true, rejectUnauthorized: true }));
  const request = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
  const good = await clients.issue("good", "DNS:good");
  const stranger = await (await makeAuthority(folder, "strangers")).issue("stranger", "DNS:good");
  expect(await speak({ port, cert: good.cert, key: good.key }, request)).toContain("200 OK");
  refused.length = 0;
  for (const client of [{}, { cert: stranger.cert, key: stranger.key }, { cert: second.cert, key: second.key }])
    for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const)
      expect(await speak({ port, maxVersion, ...client }, request)).not.toContain("HTTP/1.1");
  expect(refused.length).toBe(6);
  expect(refusals.count("tls_handshake")).toBeGreaterThanOrEqual(6);
});

test("a session that a client resumes ends with the authority that let it in", async () => {
  const other = await makeAuthority(folder, "other");
  let settings: Bun.TLSOptions = plainPair();
  const { port } = serve(() => settings);
  const asking = (ca: string) => ({ ...plainPair(), ca, requestCert: true, rejectUnauthorized: true });
  const good = await clients.issue("resuming", "DNS:good");
  const request = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
  const sessionOf = (options: ConnectionOptions) =>
    new Promise<Buffer>((resolve) => {
      const socket = connect({ host: "127.0.0.1", port, ca: first.cert, ...options }, () => socket.write(request));
      socket.once("session", resolve);
      socket.resume();
    });
  for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
    settings = plainPair();
    const open = await sessionOf({ maxVersion });
    settings = asking(clients.cert);
    const admitted = await sessionOf({ maxVersion, cert: good.cert, key: good.key });
    expect(await speak({ port, maxVersion, session: admitted }, request)).toContain("200 OK");
    expect(await speak({ port, maxVersion, session: open }, request)).not.toContain("HTTP/1.1");
    settings = asking(other.cert);
    expect(await speak({ port, maxVersion, session: admitted }, request)).not.toContain("HTTP/1.1");
  }
});

test("plain HTTP at a port of TLS is told so, in plain text; anything else is ended", async () => {
  const server = serve(plainPair);
  const answer = await fetch(`http://127.0.0.1:${server.port}/v1/models`, { keepalive: false });
  expect(answer.status).toBe(400);
  expect(answer.headers.get("content-type")).toStartWith("text/plain");
  expect(await answer.text()).toBe("This port speaks TLS: use https:// in its address");
  const posted = await run(["curl", "-sS", "-d", "x".repeat(10_000), `http://127.0.0.1:${server.port}/`]);
  expect(posted).toBe("This port speaks TLS: use https:// in its address");
  const noise = connectPlain(server.port, "127.0.0.1");
  noise.write(Buffer.from([0, 1, 2, 3]));
  expect(await noise.toArray()).toEqual([]);
  await eventually("all gone", () => server.connectionCount === 0);
});

test("whoever begins no handshake, or does not finish it, is given up", async () => {
  const server = serve(plainPair);
  const silent = connectPlain(server.port, "127.0.0.1");
  const half = connectPlain(server.port, "127.0.0.1");
  half.write(Buffer.from([0x16, 3, 1, 2, 0, 1]));
  for (const socket of [silent, half]) socket.on("error", () => undefined).resume();
  await eventually("two connections", () => server.connectionCount === 2);
  await eventually("none", () => server.connectionCount === 0);
});

test("a drain lets the answer under way finish", async () => {
  const server = serve(plainPair);
  const whole = fetch(`https://127.0.0.1:${server.port}/big`, { tls: { ca: readFileSync(first.file, "utf8") } });
  const response = await whole;
  const drained = server.drain();
  expect((await response.bytes()).length).toBe(8_000_000);
  await drained;
});
