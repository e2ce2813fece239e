import { afterAll, beforeAll, expect, test } from "bun:test";
import { connect } from "node:net";
import { chat, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// Browsers: pages of the origins that the configuration names may call models, and nothing else.

let vendor: FakeVendor;
let sahab: TestSahab;
const origins = ["https://app.example", "app://obsidian.md", "null", "http://[::1]:3000"];
const config = (cors?: object) => ({
  providers: [{ name: "fake", vendor: "compatible", base_url: vendor.url }],
  models: [{ name: "m", targets: [{ provider: "fake", model: "m" }], price: { currency: "USD", input: 1, output: 2 } }],
  projects: [{ name: "default" }],
  ...(cors && { cors }),
});

beforeAll(async () => {
  vendor = startFakeVendor({ m: chat(["Hi"]) });
  sahab = await runSahab({ config: config({ origins }) });
});
afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

/** What a browser would learn of the answer. */
const learned = (response: Response) =>
  Object.fromEntries([...response.headers].filter(([name]) => /^(access-control-.*|vary|allow)$/.test(name)));

const preflight = (path: string, headers: Record<string, string>) =>
  fetch(sahab.address + path, { method: "OPTIONS", headers: { "access-control-request-method": "POST", ...headers } });

test("the preflight of an official SDK is answered as it asks, without a key", async () => {
  const asked =
    "authorization,content-type,x-stainless-arch,x-stainless-lang,x-stainless-os,x-stainless-package-version,x-stainless-retry-count,x-stainless-runtime,x-stainless-runtime-version,x-stainless-timeout";
  const { port } = new URL(sahab.address);
  const text = await new Promise<string>((resolve) => {
    let received = "";
    const socket = connect(Number(port), "127.0.0.1");
    socket.on("data", (bytes) => (received += bytes.toString()));
    socket.on("close", () => resolve(received));
    socket.write(
      `OPTIONS /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nOrigin: app://obsidian.md\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: ${asked}\r\nConnection: close\r\n\r\n`,
    );
  });
  const [head = "", body] = text.split("\r\n\r\n");
  expect(body).toBe("");
  expect(head.split("\r\n").filter((line) => !line.startsWith("date:"))).toEqual([
    "HTTP/1.1 204 No Content",
    "allow: POST, OPTIONS",
    "vary: origin",
    "access-control-allow-origin: app://obsidian.md",
    "access-control-allow-methods: POST",
    `access-control-allow-headers: ${asked}`,
    "access-control-max-age: 7200",
    "connection: close",
  ]);
});

test("every listed origin is let in, on every path of models, and no other", async () => {
  for (const path of [
    "/v1/chat/completions",
    "/v1/embeddings",
    "/v1/messages",
    "/anthropic/v1/messages",
    "//v1/models/",
  ])
    for (const origin of origins) {
      const response = await preflight(path, { origin });
      expect([response.status, response.headers.get("access-control-allow-origin")]).toEqual([204, origin]);
      const methods = path.includes("models") ? "GET, HEAD" : "POST";
      expect(response.headers.get("access-control-allow-methods")).toBe(methods);
    }
  for (const origin of [
    "https://app.example.evil",
    "http://app.example",
    "https://APP.example",
    "https://app.example:444",
    "x",
  ])
    expect(learned(await preflight("/v1/chat/completions", { origin }))).toEqual({
      allow: "POST, OPTIONS",
      vary: "origin",
    });
});

test("only a list of header names is echoed, and only of a sensible length", async () => {
  const allowedFor = async (asked: string) => {
    const headers = { origin: "https://app.example", "access-control-request-headers": asked };
    return (await preflight("/v1/chat/completions", headers)).headers.get("access-control-allow-headers");
  };
  expect(await allowedFor("authorization, x-a")).toBe("authorization, x-a");
  for (const asked of ["a b", "a,", "a;b", "a: b", '"a"', "x".repeat(5_000), Array(101).fill("a").join(",")])
    expect(await allowedFor(asked)).toBeNull();
});

test("answers, streams and errors can be read, with all of our headers", async () => {
  const origin = "https://app.example";
  const body = { model: "m", messages: [{ role: "user", content: "Hi" }] };
  const calls: [number, string, object, Record<string, string>?][] = [
    [200, "/v1/chat/completions", body],
    [200, "/v1/chat/completions", { ...body, stream: true }],
    [200, "/v1/messages", { ...body, max_tokens: 5 }],
    [404, "/v1/chat/completions", { ...body, model: "x" }],
    [400, "/v1/chat/completions", { ...body, n: 0 }],
    [401, "/v1/chat/completions", body, { authorization: "Bearer wrong" }],
    [405, "/v1/models", body],
    [404, "/v1/nowhere", body],
    [415, "/v1/chat/completions", body, { "content-encoding": "rot13" }],
  ];
  for (const [status, path, json, headers] of calls) {
    const response = await sahab.call(path, json, { headers: { origin, ...headers } });
    await response.text();
    expect({ path, status: response.status }).toEqual({ path, status });
    expect(response.headers.get("access-control-allow-origin")).toBe(origin);
    expect(response.headers.get("vary")).toBe("origin");
    expect(response.headers.get("access-control-allow-credentials")).toBeNull();
    const exposed = response.headers.get("access-control-expose-headers")?.split(", ") ?? [];
    for (const name of response.headers.keys())
      if (/^(x-|request-id|retry-after)/.test(name) && name !== "x-accel-buffering") expect(exposed).toContain(name);
  }
  const stranger = await sahab.call("/v1/chat/completions", body, { headers: { origin: "https://stranger.example" } });
  expect([stranger.status, learned(stranger)]).toEqual([200, { vary: "origin" }]);
  const list = await fetch(`${sahab.address}/v1/models`, {
    headers: { origin, authorization: `Bearer ${sahab.adminKey}` },
  });
  expect([list.status, list.headers.get("access-control-allow-origin")]).toEqual([200, origin]);
});

test("a page with a wrong base URL can read which one is right", async () => {
  for (const path of ["/v2/chat/completions", "/nowhere"]) {
    const asked = await preflight(path, { origin: "https://app.example", "access-control-request-headers": "x-a" });
    expect([asked.status, asked.headers.get("access-control-allow-origin")]).toEqual([204, "https://app.example"]);
    expect(asked.headers.get("access-control-allow-headers")).toBe("x-a");
    const stranger = await preflight(path, { origin: "https://stranger.example" });
    expect([stranger.status, learned(stranger)]).toEqual([404, { vary: "origin" }]);
  }
});

test("the admin API and the rest are never opened", async () => {
  const headers = { origin: "https://app.example" };
  for (const path of [
    "/admin/v1/keys",
    "/admin/v1/openapi.json",
    "/admin/v1/nowhere",
    "/admin",
    "/",
    "/metrics",
    "/healthz",
  ]) {
    for (const method of ["GET", "OPTIONS"]) {
      const response = await fetch(sahab.address + path, {
        method,
        headers: { ...headers, authorization: `Bearer ${sahab.adminKey}`, "access-control-request-method": "GET" },
      });
      expect({ path, found: response.headers.get("access-control-allow-origin") }).toEqual({ path, found: null });
    }
  }
});

test("the list is exported, shown as a change, and taken away again at once", async () => {
  const exported = await sahab.adminJson<Record<string, unknown>>("/config");
  expect(exported["cors"]).toEqual({ origins });
  expect((await sahab.apply(exported)).changes).toEqual([]);
  const any = await sahab.apply(config({ origins: ["*"] }));
  expect(any.changes).toMatchObject([{ action: "update", kind: "setting", name: "cors", fields: ["origins"] }]);
  const open = await preflight("/v1/chat/completions", { origin: "https://anybody.example" });
  expect(open.headers.get("access-control-allow-origin")).toBe("*");
  expect((await sahab.apply(config())).changes).toEqual([{ action: "delete", kind: "setting", name: "cors" }]);
  expect(learned(await preflight("/v1/chat/completions", { origin: "https://app.example" }))).toEqual({
    allow: "POST, OPTIONS",
  });
  expect((await sahab.adminJson<Record<string, unknown>>("/config"))["cors"]).toBeUndefined();
  expect((await sahab.apply(config({ origins: [] }))).changes).toEqual([
    { action: "create", kind: "setting", name: "cors" },
  ]);
  expect((await sahab.adminJson<Record<string, unknown>>("/config"))["cors"]).toEqual({ origins: [] });
});
