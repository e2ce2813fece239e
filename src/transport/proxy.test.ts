import { afterAll, beforeAll, expect, test } from "bun:test";
import { parseProxyAddress } from "../base/proxy-address.ts";
import { closeAfterEach } from "../testing/close-after-each.ts";
import { findFreePort } from "../testing/free-port.ts";
import { reply, serveByHand, type HandmadeServer } from "../testing/http-by-hand.ts";
import { startProxy, type TestProxy } from "../testing/http-proxy.ts";
import { makeAuthority, type Authority, type Certificate } from "../testing/self-signed.ts";
import { newAttempt, rejectionOf, sendRequest, textOf } from "../testing/send-request.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { HttpPool, type PoolOptions } from "./http-pool.ts";

// Through a real proxy. Only it knows where vendor.example is.

const folder = makeTemporaryFolder();
const closeLater = closeAfterEach();
let authority: Authority;
let certificate: Certificate;

beforeAll(async () => {
  authority = await makeAuthority(folder, "ca");
  certificate = await authority.issue("vendor", "DNS:vendor.example,IP:127.0.0.1");
});
afterAll(() => removeTemporaryFolder(folder));

async function proxyWith(options: Parameters<typeof startProxy>[0] = {}): Promise<TestProxy> {
  return closeLater(await startProxy(options));
}

async function serve(tls?: Certificate): Promise<HandmadeServer> {
  return closeLater(await serveByHand((request, socket) => reply(socket, request.split("\r\n")[0] ?? ""), { tls }));
}

const poolOf = (address: string, proxy: string, options: Partial<PoolOptions> = {}) =>
  new HttpPool({
    address: new URL(address),
    proxy: parseProxyAddress(proxy),
    tls: { ca: authority.cert },
    ...options,
  });

const password = "pa55word-of-the-proxy";
const secured = `http://user:${password}@127.0.0.1`;
const authorization = `Basic ${Buffer.from(`user:${password}`).toString("base64")}`;

test("TLS goes through a tunnel, which is kept; only the proxy's name is looked up", async () => {
  const server = await serve(certificate);
  const proxy = await proxyWith({ authorization });
  const lookups: string[] = [];
  const pool = poolOf(`https://vendor.example:${server.port}`, `http://user:${password}@proxy.example:${proxy.port}`, {
    resolve(host) {
      lookups.push(host);
      return Promise.resolve(["127.0.0.1"]);
    },
  });
  for (let i = 0; i < 2; i++)
    expect(await textOf(sendRequest(pool, ["x"], { url: `https://vendor.example:${server.port}/v1` }))).toBe(
      "POST /v1 HTTP/1.1",
    );
  expect(lookups).toEqual(["proxy.example"]);
  expect(proxy.heads).toEqual([
    `CONNECT vendor.example:${server.port} HTTP/1.1\r\nhost: vendor.example:${server.port}\r\nproxy-authorization: ${authorization}`,
  ]);
  expect(server.serverNames).toEqual(["vendor.example"]);
});

test("large bodies both ways pass through a tunnel whole", async () => {
  const echo = await serveByHand((request, socket) => reply(socket, request.slice(request.indexOf("\r\n\r\n") + 4)), {
    tls: certificate,
  });
  closeLater(echo);
  const proxy = await proxyWith();
  const pool = poolOf(`https://vendor.example:${echo.port}`, proxy.address);
  const large = "0123456789".repeat(400_000);
  expect(await textOf(sendRequest(pool, ["<", large, ">"]))).toBe(`<${large}>`);
});

test("behind a proxy the certificate is compared with the server's name or address, not with the proxy's", async () => {
  const server = await serve(certificate);
  const proxy = await proxyWith();
  const at = (host: string) => sendRequest(poolOf(`https://${host}:${server.port}`, proxy.address));
  expect(await textOf(at("127.0.0.1"))).toContain("POST");
  for (const host of ["127.0.0.9", "other.example"])
    expect(await rejectionOf(at(host))).toMatchObject({
      code: "upstream_unreachable",
      message: `its certificate is not for ${host}`,
    });
  const untrusting = poolOf(`https://127.0.0.1:${server.port}`, proxy.address, { tls: {} });
  expect(await rejectionOf(sendRequest(untrusting))).toMatchObject({
    message: expect.stringContaining("not from a known authority"),
  });
  // No address is sent ahead as a name.
  expect(new Set(server.serverNames)).toEqual(new Set([false]));
});

test("plain HTTP is forwarded with its whole address, and the connection is kept", async () => {
  const server = await serve();
  const proxy = await proxyWith({ authorization });
  const url = `http://vendor.example:${server.port}/v1/chat?a=b`;
  const pool = poolOf(url, `${secured}:${proxy.port}`);
  for (let i = 0; i < 2; i++) expect(await textOf(sendRequest(pool, ["x"], { url }))).toBe(`POST ${url} HTTP/1.1`);
  expect(proxy.heads).toHaveLength(1);
  expect(proxy.heads[0]).toContain(`\r\nhost: vendor.example:${server.port}\r\n`);
});

test("a proxy that refuses is named with its status, and never its password; the request counts as not sent", async () => {
  const server = await serve(certificate);
  for (const scheme of ["https", "http"]) {
    const proxy = await proxyWith({ authorization: "Basic another" });
    const attempt = newAttempt();
    const url = `${scheme}://vendor.example:${server.port}`;
    const error = await rejectionOf(sendRequest(poolOf(url, `${secured}:${proxy.port}`), ["x"], { attempt, url }));
    expect(error).toMatchObject({
      code: "upstream_unreachable",
      message: expect.stringMatching(
        /^the proxy 127\.0\.0\.1:\d+: .*it demands a user and password that it knows \(status 407\)$/,
      ),
    });
    expect(Bun.inspect(error)).not.toContain(password);
    expect(Bun.inspect(error)).not.toContain(authorization);
    if (scheme === "https") expect(attempt.sentMs).toBeNull();
  }
  const forbids = await proxyWith({
    misbehave: (socket) => socket.write("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"),
  });
  const url = `https://vendor.example:${server.port}`;
  expect(await rejectionOf(sendRequest(poolOf(url, forbids.address)))).toMatchObject({
    message: `the proxy 127.0.0.1:${forbids.port}: no tunnel to vendor.example:${server.port}: it answered with status 403`,
  });
});

test.each([
  ["closes", "it closed the connection"],
  ["HTTP/1.1 200 OK\r\n\r\nsurplus", "it sent more than its answer"],
  ["SSH-2.0-OpenSSH\r\n\r\n", "the answer is not HTTP/1"],
  [`HTTP/1.1 200 OK\r\nx: ${"y".repeat(20_000)}`, "a head of more than 16384 bytes"],
])("a proxy that misbehaves is said to: %j", async (answer, fault) => {
  const proxy = await proxyWith({
    misbehave: (socket) => (answer === "closes" ? socket.destroy() : socket.write(answer)),
  });
  expect(await rejectionOf(sendRequest(poolOf("https://vendor.example", proxy.address)))).toMatchObject({
    code: "upstream_unreachable",
    message: expect.stringContaining(fault),
  });
});

test("a proxy that does not answer, or not at all, is bounded by the connect time", async () => {
  const proxy = await proxyWith({ misbehave: () => undefined });
  expect(
    await rejectionOf(sendRequest(poolOf("https://vendor.example", proxy.address), ["x"], { connectMs: 200 })),
  ).toMatchObject({
    code: "upstream_timeout",
    message: `the proxy 127.0.0.1:${proxy.port}: no tunnel to vendor.example:443 was opened within 200 ms`,
  });
  const port = await findFreePort();
  expect(await rejectionOf(sendRequest(poolOf("https://vendor.example", `127.0.0.1:${port}`)))).toMatchObject({
    code: "upstream_unreachable",
    message: `the proxy 127.0.0.1:${port}: it cannot be reached (ECONNREFUSED)`,
  });
});
