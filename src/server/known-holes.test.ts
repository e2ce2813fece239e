import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { chat, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// Holes of other gateways and model servers, tried on this one; docs/security.md names each with what closes it here.

let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;
let thief: Bun.Server<undefined>;
let caught = 0;

beforeAll(async () => {
  vendor = startFakeVendor({ m: chat(["Hello"]) });
  thief = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => (caught++, Response.json({})) });
  sahab = await runSahab({
    config: {
      providers: [{ name: "fake", vendor: "compatible", base_url: vendor.url, api_key: "sk-of-the-vendor" }],
      models: [
        { name: "m", targets: [{ provider: "fake", model: "m" }], price: { currency: "USD", input: 1, output: 2 } },
      ],
      projects: [{ name: "default" }],
    },
  });
  ({ key } = await sahab.createKey());
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
  await thief?.stop(true);
});

const body = { model: "m", messages: [{ role: "user", content: "Hi" }] };
const post = (path: string, headers: Record<string, string>, json: object = body) =>
  fetch(`${sahab.address}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(json),
  });

test("a key that is SQL is an unknown key, and nothing of the database changes (CVE-2026-42208)", async () => {
  const before = await (await sahab.admin("/keys")).text();
  const keys = [
    "' OR '1'='1",
    "'; DROP TABLE keys; --",
    'x" OR 1=1 --',
    "sk-sahab-' UNION SELECT secret FROM providers --",
    "sk-sahab-00000000000000000000000000000000' OR 1=1 --",
    "%27%20OR%201=1",
  ];
  const paths = ["/v1/chat/completions", "/v1/messages", "/v1/embeddings", "/admin/v1/apply"];
  const tries = keys.flatMap((wrong) =>
    [{ authorization: `Bearer ${wrong}` }, { "x-api-key": wrong }].flatMap((headers) =>
      paths.map((path) => ({ path, headers })),
    ),
  );
  // All at once: after some failures each answer comes late.
  await Promise.all(
    tries.map(async ({ path, headers }) => {
      const { status } = await post(path, headers);
      expect({ path, headers, status }).toEqual({ path, headers, status: 401 });
    }),
  );
  expect(await (await sahab.admin("/keys")).text()).toBe(before);
});

test("nothing that a caller sends says where a request goes (CVE-2025-66405)", async () => {
  const to = thief.url.origin;
  const headers = {
    "x-portkey-custom-host": to,
    "x-portkey-provider": "openai",
    "x-portkey-config": JSON.stringify({ provider: "openai", custom_host: to }),
    "x-forwarded-host": thief.url.host,
    "x-base-url": to,
    forwarded: `host=${thief.url.host}`,
  };
  const fields = { api_base: to, base_url: to, custom_host: to, api_key: "x", provider: { base_url: to } };
  vendor.calls.length = 0;
  for (const more of [{}, fields]) {
    const answer = await post(
      "/v1/chat/completions",
      { authorization: `Bearer ${key}`, ...headers },
      { ...body, ...more },
    );
    expect(answer.status).toBeOneOf([200, 400]);
    await answer.text();
  }
  expect(vendor.calls.length).toBeGreaterThanOrEqual(1);
  for (const call of vendor.calls) expect(call.headers.get("authorization")).toBe("Bearer sk-of-the-vendor");
  expect((await post("/v1/proxy/chat/completions", { authorization: `Bearer ${key}`, ...headers })).status).toBe(404);
  expect(caught).toBe(0);
});

test("no configuration that the admin API takes names a command to run (CVE-2026-30623, CVE-2026-42271)", async () => {
  const command = { command: "touch", args: ["/tmp/ran"] };
  const configs = [
    { mcp_servers: [{ name: "x", transport: "stdio", ...command }] },
    { providers: [{ name: "x", vendor: "compatible", base_url: vendor.url, ...command }] },
    { models: [{ name: "x", local: { file: "nano.gguf", ...command } }] },
  ];
  for (const json of configs) {
    const answer = await sahab.admin("/apply?prune=1", { json });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("unknown field");
  }
  for (const path of ["/mcp-rest/test/connection", "/mcp-rest/test/tools/list", "/mcp"])
    expect((await post(path, { authorization: `Bearer ${sahab.adminKey}` }, command)).status).toBe(404);
});

test("models are fetched, made and removed by the admin key only (Ollama's open API)", async () => {
  const source = `${thief.url.origin}/a.gguf`;
  for (const headers of [{}, { authorization: `Bearer ${key}` }] as Record<string, string>[]) {
    expect((await post("/admin/v1/models/pull", headers, { source })).status).toBeOneOf([401, 403]);
    const removed = await fetch(`${sahab.address}/admin/v1/models/m`, { method: "DELETE", headers });
    expect(removed.status).toBeOneOf([401, 403]);
    for (const path of ["/api/pull", "/api/create", "/api/push", `/api/blobs/sha256:${"0".repeat(64)}`])
      expect((await post(path, headers, { source })).status).toBeOneOf([401, 404]);
  }
  expect(caught).toBe(0);
});

test("a name never leads out of the models folder (CVE-2024-37032)", async () => {
  const names = [
    "..%2f..%2fescaped",
    "%2e%2e/escaped",
    "..%5c..%5cescaped",
    "blobs/sha256:../../escaped",
    ".escaped.part",
    "a%00b",
  ];
  for (const name of names) {
    const answer = await sahab.admin("/models/pull", { json: { source: `${thief.url.origin}/${name}` } });
    const text = await answer.text();
    expect({ name, isServed: text.includes('"name"') }).toEqual({ name, isServed: false });
  }
  // The runtime keeps what it has compiled in the home that the tests give it, under names of its own.
  const all = readdirSync(sahab.dataDir, { recursive: true })
    .map(String)
    .filter((path) => !path.startsWith(".bun"));
  expect(all.filter((path) => path.includes("escaped") && !path.startsWith(join("models", ".")))).toEqual([]);
  for (const path of all) expect(path).not.toContain("..");
});
