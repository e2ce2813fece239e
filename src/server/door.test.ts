import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { eventually } from "../testing/eventually.ts";
import { chat, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { findFreePort } from "../testing/free-port.ts";
import { oneModelConfig } from "../testing/one-model-config.ts";
import { runSahab, type SahabOptions, type TestSahab } from "../testing/run-sahab.ts";

// What strangers meet at the door of the whole program: names, paths, keys, connections.

let vendor: FakeVendor;
let sahab: TestSahab;

beforeAll(async () => {
  vendor = startFakeVendor({ m: chat(["fine"]) });
  sahab = await start({ env: { SAHAB_TRUSTED_PROXIES: "127.0.0.9, fd00::/8" } });
});
afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const start = (options: SahabOptions) => runSahab({ ...options, config: oneModelConfig(vendor.url, "m") });
const ask = (to: TestSahab, key: string) =>
  to.call("/v1/chat/completions", { model: "m", messages: [{ role: "user", content: "Hi" }] }, { key });

/** Sends bytes on a connection of its own, from an address of this machine; resolves with all that comes. */
function exchange(to: TestSahab, bytes: string, localAddress = "127.0.0.1"): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect({ port: Number(new URL(to.address).port), host: "127.0.0.1", localAddress });
    socket.on("error", () => undefined);
    socket.on("data", (data) => (text += data.toString("latin1")));
    socket.on("close", () => resolve(text));
    socket.write(bytes, "latin1");
  });
}
const statusOf = (text: string) => Number(text.slice(9, 12));
const codeOf = (text: string) => /"code":"(\w+)"/.exec(text)?.[1];

test("no address and no Host leads past the path that was judged to the admin API", async () => {
  const key = (await sahab.createKey({ name: "find-this-name" })).key;
  const targets = [
    "v1/:aaa/admin/v1/keys",
    "/v1/:aaa/admin/v1/keys",
    "//x/admin/v1/keys",
    "//admin/v1/keys",
    "/v1/../admin/v1/keys",
    "/v1/%2e%2e/admin/v1/keys",
    "/v1/..%2fadmin/v1/keys",
    "/v1%2f..%2f..%2fadmin/v1/keys",
    "/v1\\..\\admin/v1/keys",
    "/v1/models#/../admin/v1/keys",
    "/v1/models?/../../admin/v1/keys",
    "@127.0.0.1/admin/v1/keys",
    ":80/admin/v1/keys",
    "http://:80/admin/v1/keys",
    "http://user@localhost/admin/v1/keys",
    "http:///admin/v1/keys",
  ];
  const hosts = ["localhost", "", ":80", "x/v1", "a@b", "localhost/admin/v1/keys?", "[::1"];
  for (const presented of [key, sahab.adminKey]) {
    for (const target of targets) {
      for (const host of hosts) {
        const text = await exchange(
          sahab,
          `GET ${target} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\nauthorization: Bearer ${presented}\r\n\r\n`,
        );
        expect([target, host, text.includes("find-this-name")]).toEqual([target, host, false]);
        // A model's name may hold escaped slashes, so such a path is one that there is not; a query is no path.
        const allowed = target.includes("?") && host === "localhost" ? [200] : [400, 401, 404];
        expect([target, host, allowed.includes(statusOf(text))]).toEqual([target, host, true]);
      }
    }
  }
  // By its own path, in both forms, it answers.
  for (const target of ["/admin/v1/keys", "http://localhost/admin/v1/keys"])
    expect(
      await exchange(
        sahab,
        `GET ${target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer ${sahab.adminKey}\r\n\r\n`,
      ),
    ).toContain("find-this-name");
});

test("what only operators read answers to names of this machine; models and probes answer to any", async () => {
  const get = (path: string, host: string, target = path) =>
    exchange(
      sahab,
      `GET ${target} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\nauthorization: Bearer ${sahab.adminKey}\r\n\r\n`,
    );
  for (const path of ["/", "/admin", "/admin/v1/keys", "/admin/v1/openapi.json", "/metrics"]) {
    const text = await get(path, "evil.example:8787");
    expect([path, statusOf(text), codeOf(text)]).toEqual([path, 403, "host_not_allowed"]);
    expect(text).toContain("SAHAB_ALLOWED_HOSTS");
    // An absolute address counts instead of the header.
    expect(statusOf(await get(path, "localhost", `http://evil.example${path}`))).toBe(403);
  }
  for (const path of ["/v1/models", "/healthz", "/readyz"])
    expect([path, statusOf(await get(path, "evil.example"))]).toEqual([path, 200]);
  for (const host of ["localhost:8787", "127.0.0.1", "[::1]:8787"])
    expect([host, statusOf(await get("/metrics", host))]).toEqual([host, 200]);
});

test("a thousand wrong keys beside a good one: it is served, they are answered late, and the store is asked seldom", async () => {
  const { key } = await sahab.createKey();
  const wrongKey = (index: number) => `sk-wrong-secret-${index}`;
  const startedMs = performance.now();
  const wrong = Array.from({ length: 1_000 }, async (_, index) => {
    const response = await ask(sahab, wrongKey(index % 500));
    return [response.status, (await response.text()).includes(wrongKey(index % 500))];
  });
  for (let i = 0; i < 10; i++) expect((await ask(sahab, key)).status).toBe(200);
  expect(new Set((await Promise.all(wrong)).map(String))).toEqual(new Set(["401,false"]));
  expect(performance.now() - startedMs).toBeGreaterThan(900);
  const metrics = await (await fetch(`${sahab.address}/metrics`)).text();
  expect(Number(/^sahab_refusals_total\{reason="unauthenticated"\} (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThanOrEqual(
    1_000,
  );
  // One at once, and one with the sum of the others every ten seconds.
  expect(await sahab.logged('"unauthenticated"')).toContain('"address":"127.0.0.1"');
  expect(sahab.logs().split('"unauthenticated"').length - 1).toBeLessThan(10);
  for (const secret of ["sk-wrong-secret", key, sahab.adminKey]) expect(sahab.logs()).not.toContain(secret);
});

test("failures count for the client that a trusted proxy names", async () => {
  const wrong = (client: string) =>
    exchange(
      sahab,
      `GET /v1/models HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer sk-wrong-too\r\nx-forwarded-for: ${client}\r\n\r\n`,
      "127.0.0.9",
    );
  const many = Array.from({ length: 30 }, () => wrong("203.0.113.7"));
  const startedMs = performance.now();
  let answered = 0;
  for (const one of many) void one.then(() => answered++);
  expect(statusOf(await wrong("203.0.113.8"))).toBe(401);
  // By the order and not by the time, which a slow machine stretches.
  expect(answered).toBeLessThan(many.length);
  expect((await Promise.all(many)).map(statusOf)).toEqual(many.map(() => 401));
  expect(performance.now() - startedMs).toBeGreaterThan(900);
});

test("half-open heads of one address take no descriptor that another needs", async () => {
  const small = await start({ prefix: ["sh", "-c", 'ulimit -n 400; exec "$@"', "sh"] });
  const sockets: Socket[] = [];
  try {
    const { key } = await small.createKey();
    let closed = 0;
    for (let i = 0; i < 1_000; i++) {
      const socket = connect({
        port: Number(new URL(small.address).port),
        host: "127.0.0.1",
        localAddress: "127.0.0.2",
      });
      socket.on("error", () => undefined);
      socket.on("close", () => closed++);
      socket.write("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n");
      sockets.push(socket);
    }
    await eventually("the refusals", () => closed > 900);
    for (let i = 0; i < 20; i++) {
      const response = await ask(small, key);
      expect([response.status, (await response.text()).includes("fine")]).toEqual([200, true]);
    }
    expect(closed).toBeLessThan(1_000);
    const metrics = await (await fetch(`${small.address}/metrics`)).text();
    expect(Number(/^sahab_refusals_total\{reason="connection_address"\} (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(
      900,
    );
    await small.logged('"address":"127.0.0.2"');
  } finally {
    for (const socket of sockets) socket.destroy();
    await small.close();
  }
});

test("beyond this machine /metrics needs the admin key or one of role metrics, which is good for nothing else; with two workers", async () => {
  const open = await start({
    env: {
      SAHAB_HOST: "0.0.0.0",
      SAHAB_WORKERS: "2",
      SAHAB_PORT: String(await findFreePort()),
      SAHAB_ALLOWED_HOSTS: "sahab.example, 0.0.0.0",
    },
  });
  try {
    const made = await open.command(["key", "create", "scraper", "--role", "metrics", "--json"]);
    const scraper = (JSON.parse(made.stdout) as { key: string }).key;
    const user = (await open.createKey()).key;
    const metrics = (key?: string, host = "sahab.example") =>
      exchange(
        open,
        `GET /metrics HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n${key === undefined ? "" : `authorization: Bearer ${key}\r\n`}\r\n`,
      );
    expect(codeOf(await metrics())).toBe("missing_api_key");
    expect(codeOf(await metrics("sk-wrong"))).toBe("invalid_api_key");
    expect(codeOf(await metrics(user))).toBe("forbidden");
    expect(codeOf(await metrics(scraper, "evil.example"))).toBe("host_not_allowed");
    for (const key of [scraper, open.adminKey]) expect(await metrics(key)).toContain("sahab_requests_in_flight ");
    for (const path of ["/v1/chat/completions", "/v1/messages"]) {
      const response = await open.call(path, { model: "m", messages: [] }, { key: scraper });
      expect([path, response.status]).toEqual([path, 403]);
    }
    const models = await fetch(`${open.address}/v1/models`, { headers: { "x-api-key": scraper } });
    expect(models.status).toBe(403);
    const keys = await fetch(`${open.address}/admin/v1/keys`, { headers: { authorization: `Bearer ${scraper}` } });
    expect(keys.status).toBe(403);
    expect((await open.command(["key", "list"])).stdout).toMatch(/scraper +default +metrics /);
    expect((await open.command(["key", "create", "x", "--role", "king"])).stderr).toContain("role");
    // Whichever process answers, refusals of both are in it.
    const count = /^sahab_refusals_total\{reason="unauthenticated"\} (\d+)$/m;
    const before = Number(count.exec(await metrics(scraper))?.[1]);
    await Promise.all(Array.from({ length: 20 }, () => metrics("sk-wrong")));
    for (let i = 0; i < 4; i++) expect(Number(count.exec(await metrics(scraper))?.[1])).toBe(before + 20);
  } finally {
    await open.close();
  }
});

test("/metrics needs a key where a proxy of this machine passes the request on", async () => {
  const behind = await start({ env: { SAHAB_TRUSTED_PROXIES: "127.0.0.1", SAHAB_ALLOWED_HOSTS: "sahab.example" } });
  try {
    const metrics = (host: string, more = "") =>
      exchange(behind, `GET /metrics HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n${more}\r\n`);
    const forwarded = "x-forwarded-for: 8.8.8.8\r\n";
    const passedOn = [
      ["sahab.example", forwarded],
      ["sahab.example", ""],
      ["127.0.0.1", forwarded],
      ["localhost", "x-forwarded-for: 127.0.0.1\r\n"],
      ["localhost", "x-forwarded-for: unknown\r\n"],
      ["localhost", "forwarded: for=8.8.8.8\r\n"],
      ["localhost", "via: 1.1 proxy\r\n"],
      ["localhost", "x-real-ip: 8.8.8.8\r\n"],
    ] as const;
    for (const [host, more] of passedOn)
      expect([host, more, codeOf(await metrics(host, more))]).toEqual([host, more, "missing_api_key"]);
    const key = `authorization: Bearer ${behind.adminKey}\r\n`;
    expect(statusOf(await metrics("sahab.example", forwarded + key))).toBe(200);
    for (const host of ["localhost:8787", "127.0.0.1", "[::1]:8787"])
      expect([host, statusOf(await metrics(host))]).toEqual([host, 200]);
  } finally {
    await behind.close();
  }
});

test("what the variables hold is checked at the start", async () => {
  for (const [name, value] of [
    ["SAHAB_TRUSTED_PROXIES", "10.0.0.0/99"],
    ["SAHAB_ALLOWED_HOSTS", "http://x"],
  ] as const) {
    const failure = await runSahab({ env: { [name]: value } }).catch((error: unknown) => String(error));
    expect(failure).toContain(`${name} has "${value}"`);
    expect(failure).toContain("are allowed");
  }
});
