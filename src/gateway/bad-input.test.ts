import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { eventually } from "../testing/eventually.ts";
import { chat, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { sendRaw } from "../testing/field-cases/raw-http.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// Whatever a caller sends, the answer is an error in OpenAI's shape that says what is wrong, and Sahab goes on.

let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;

beforeAll(async () => {
  const whole = chat(["fine"]);
  const embeddings = { object: "list", data: [{ object: "embedding", index: 0, embedding: [0.5] }], model: "chat" };
  vendor = startFakeVendor({
    chat: (call) => (call.path.endsWith("/embeddings") ? Response.json(embeddings) : whole(call)),
  });
  const price = { currency: "USD", input: 1, output: 2 };
  const targets = [{ provider: "fake", model: "chat" }];
  sahab = await runSahab({
    config: {
      providers: [{ name: "fake", vendor: "compatible", base_url: vendor.url, api_key: "vendor-key" }],
      models: ["chat", "other"].map((name) => ({ name, targets, price })),
      projects: [{ name: "default" }, { name: "narrow", models: ["chat"] }, { name: "nothing", models: [] }],
    },
  });
  ({ key } = await sahab.createKey());
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

interface ErrorBody {
  error: { message: string; type: string; code: string; param: string | null; request_id: string };
}

async function expectError(
  response: Response,
  status: number,
  code: string,
  wanted: { param?: string | null; message?: RegExp } = {},
): Promise<ErrorBody["error"]> {
  const text = await response.text();
  expect(text).toStartWith('{"error":');
  const { error } = JSON.parse(text) as ErrorBody;
  expect({ status: response.status, code: error.code, message: error.message }).toMatchObject({ status, code });
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(response.headers.get("x-request-id")).toBe(error.request_id);
  expect(error.type).toMatch(/^(invalid_request|authentication|permission|rate_limit|server)_error$/);
  if (wanted.param !== undefined) expect(error.param).toBe(wanted.param);
  if (wanted.message) expect(error.message).toMatch(wanted.message);
  return error;
}

const messages = [{ role: "user", content: "Hi" }];
const good = { model: "chat", messages };
const post = (body: unknown, path = "/v1/chat/completions") => sahab.call(path, body, { key });
const withHeaders = (headers: Record<string, string>) =>
  fetch(`${sahab.address}/v1/chat/completions`, { method: "POST", headers, body: JSON.stringify(good) });

describe("keys", () => {
  test("none", async () => {
    await expectError(await withHeaders({}), 401, "missing_api_key", { message: /Authorization: Bearer/ });
    expect((await withHeaders({ authorization: "Bearer " })).status).toBe(401);
  });

  test("wrong", async () => {
    const error = await expectError(
      await withHeaders({ authorization: "Bearer sk-sahab-0000000000000000" }),
      401,
      "invalid_api_key",
    );
    expect(error.message).not.toContain("0000");
    expect(error.message).toEndWith("(found in the header authorization: Bearer KEY)");
    await expectError(await withHeaders({ authorization: "Basic dXNlcjpwYXNz" }), 401, "invalid_api_key");
    await expectError(await withHeaders({ authorization: `Bearer ${key}x` }), 401, "invalid_api_key");
  });

  test("sent as any dialect sends it", async () => {
    for (const headers of [
      { authorization: `Bearer ${key}` },
      { authorization: `bearer  ${key} ` },
      { authorization: `Bearer Bearer ${key}` },
      { authorization: key },
      { "api-key": key },
      { authorization: `Bearer ${key}`, "x-api-key": "another" },
      { "x-api-key": key },
      { "x-goog-api-key": key },
    ] as Record<string, string>[])
      expect((await withHeaders(headers)).status).toBe(200);
  });

  test("revoked, at once", async () => {
    const made = await sahab.createKey();
    expect((await sahab.call("/v1/chat/completions", good, { key: made.key })).status).toBe(200);
    expect((await sahab.admin(`/keys/${made.id}`, { method: "DELETE" })).status).toBe(200);
    await expectError(await sahab.call("/v1/chat/completions", good, { key: made.key }), 401, "revoked_api_key");
  });

  test("expired, also when it was in use a moment before", async () => {
    const made = await sahab.createKey({ expires_at: new Date(Date.now() + 1_200).toISOString() });
    expect((await sahab.call("/v1/chat/completions", good, { key: made.key })).status).toBe(200);
    const expired = await eventually("the expiry", async () => {
      const response = await sahab.call("/v1/chat/completions", good, { key: made.key });
      return response.status === 401 && response;
    });
    await expectError(expired, 401, "expired_api_key");
  });

  test("a project's key calls that project's models only", async () => {
    const narrow = await sahab.createKey({ project: "narrow" });
    expect((await sahab.call("/v1/chat/completions", good, { key: narrow.key })).status).toBe(200);
    await expectError(
      await sahab.call("/v1/chat/completions", { ...good, model: "other" }, { key: narrow.key }),
      403,
      "model_not_allowed",
      { param: "model", message: /narrow.*"other"/ },
    );
    // What it may not call is not shown to it either.
    const unknown = await sahab.call("/v1/chat/completions", { ...good, model: "zzz" }, { key: narrow.key });
    expect((await expectError(unknown, 404, "model_not_found")).message).not.toContain("other");
    const none = await sahab.createKey({ project: "nothing" });
    await expectError(await sahab.call("/v1/chat/completions", good, { key: none.key }), 403, "model_not_allowed");
  });

  test("the admin API takes no other key than the admin's", async () => {
    const asCaller = await fetch(`${sahab.address}/admin/v1/keys`, { headers: { authorization: `Bearer ${key}` } });
    await expectAdminError(asCaller, 403, "forbidden");
    await expectAdminError(await fetch(`${sahab.address}/admin/v1/keys`), 401, "missing_api_key");
  });
});

async function expectAdminError(response: Response, status: number, code: string): Promise<void> {
  const { error } = (await response.json()) as ErrorBody;
  expect({ status: response.status, code: error.code }).toEqual({ status, code });
}

describe("bodies", () => {
  const cases: [string, unknown, string, { param?: string | null; message?: RegExp }][] = [
    ["empty", "", "invalid_json", { message: /empty/ }],
    ["not JSON", "model=chat", "invalid_json", { message: /byte 0/ }],
    ["cut JSON", '{"model":"chat","messages":[{"role":"user"', "invalid_json", {}],
    ["two objects", '{"model":"chat"}{"model":"chat"}', "invalid_json", {}],
    ["an array", "[]", "invalid_json", {}],
    ["null", "null", "invalid_json", {}],
    ["no model", { messages }, "invalid_request", { param: "model" }],
    ["model of another type", { model: 7, messages }, "invalid_request", { param: "model", message: /string/ }],
    ["model null", { model: null, messages }, "invalid_request", { param: "model" }],
    ["long model name", { model: "m".repeat(300), messages }, "invalid_request", { param: "model", message: /256/ }],
    ["no messages", { model: "chat" }, "invalid_request", { param: "messages" }],
    ["messages null", { model: "chat", messages: null }, "invalid_request", { param: "messages", message: /null/ }],
    ["messages a text", { model: "chat", messages: "Hi" }, "invalid_request", { param: "messages", message: /string/ }],
    [
      "messages an object",
      { model: "chat", messages: {} },
      "invalid_request",
      { param: "messages", message: /object/ },
    ],
    [
      "messages empty",
      { model: "chat", messages: [] },
      "invalid_request",
      { param: "messages", message: /at least one/ },
    ],
    ["stream a text", { ...good, stream: "yes" }, "invalid_request", { param: "stream", message: /boolean/ }],
    [
      "stream_options a list",
      { ...good, stream: true, stream_options: [] },
      "invalid_request",
      { param: "stream_options" },
    ],
    [
      "include_usage a text",
      { ...good, stream: true, stream_options: { include_usage: "yes" } },
      "invalid_request",
      { param: "stream_options.include_usage" },
    ],
    [
      "no choice",
      { ...good, n: 0, stream: true },
      "invalid_request",
      { param: "n", message: /from 1 to 128, found 0/ },
    ],
    ["model twice", `{"model":"chat","messages":[{}],"model":"other"}`, "invalid_request", { param: "model" }],
    [
      "model in another spelling",
      `{"model":"chat","messages":[{}],"Model":"other"}`,
      "invalid_request",
      { param: "model" },
    ],
    ["n too large", { ...good, n: 100_000 }, "invalid_request", { param: "n", message: /128/ }],
    ["n a fraction", { ...good, n: 1.5 }, "invalid_request", { param: "n" }],
    [
      "100,000 messages",
      { model: "chat", messages: Array.from({ length: 100_000 }, () => messages[0]) },
      "invalid_request",
      { param: "messages", message: /10000.*100000/ },
    ],
    [
      "nested 10,000 deep",
      `{"model":"chat","messages":[${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}]}`,
      "invalid_request",
      { message: /nested/ },
    ],
    [
      "arrays nested 100,000 deep in another field",
      `{"model":"chat","messages":[{"role":"user","content":"Hi"}],"x":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
      "invalid_request",
      { message: /nested/ },
    ],
  ];
  for (const [name, body, code, wanted] of cases) {
    test(name, async () => {
      const before = vendor.calls.length;
      await expectError(await post(body), 400, code, wanted);
      expect(vendor.calls.length).toBe(before);
    });
  }

  test("unknown model", async () => {
    await expectError(await post({ ...good, model: "gpt-99" }), 404, "model_not_found", {
      param: "model",
      message: /"gpt-99".*chat, other/,
    });
  });

  test("embeddings: no input, too many inputs, yet a long list of token ids is one input", async () => {
    await expectError(await post({ model: "chat" }, "/v1/embeddings"), 400, "invalid_request", { param: "input" });
    const many = Array.from({ length: 2049 }, () => "x");
    await expectError(await post({ model: "chat", input: many }, "/v1/embeddings"), 400, "invalid_request", {
      param: "input",
      message: /2048.*2049/,
    });
    const tokens = Array.from({ length: 3000 }, (_, index) => index);
    expect((await post({ model: "chat", input: tokens }, "/v1/embeddings")).status).toBe(200);
  });

  test("50 MB with its length announced", async () => {
    await expectError(await post("x".repeat(50_000_000)), 413, "body_too_large", {
      message: /^The body has 50000000 bytes; at most 33554432 are allowed$/,
    });
  });

  test("50 MB in chunks, its length unknown", async () => {
    const part = new TextEncoder().encode("x".repeat(1_000_000));
    let parts = 50;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (parts-- > 0) controller.enqueue(part);
        else controller.close();
      },
    });
    const response = await fetch(`${sahab.address}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body,
    });
    await expectError(response, 413, "body_too_large");
  });

  test("200 MB announced, beyond the server's own fence", async () => {
    const { port, hostname } = new URL(sahab.address);
    const text = await new Promise<string>((resolve, reject) => {
      let received = "";
      const socket = connect({ host: hostname, port: Number(port) });
      socket.on("error", reject);
      socket.on("data", (bytes) => {
        received += bytes.toString();
        if (received.includes("\r\n\r\n")) socket.destroy();
      });
      socket.on("close", () => resolve(received));
      socket.write(
        `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-length: 200000000\r\n\r\n{`,
      );
    });
    expect(text).toStartWith("HTTP/1.1 413 ");
  });

  test("a body that never ends its announced length, given up by the client, is forgotten", async () => {
    const { port, hostname } = new URL(sahab.address);
    const socket = connect({ host: hostname, port: Number(port) });
    socket.on("error", () => undefined);
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-length: 5000\r\n\r\n{"model":"chat"`,
    );
    await Bun.sleep(100);
    socket.destroy();
    await eventually("nothing in flight", async () =>
      /^sahab_requests_in_flight 0$/m.test(await (await fetch(`${sahab.address}/metrics`)).text()),
    );
  });

  test("a body with a byte order mark or broken UTF-8 gets an answer, not a crash", async () => {
    const marked = Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), Buffer.from(JSON.stringify(good))]);
    expect({ marked: (await post(marked)).status }).toEqual({ marked: 400 });
    const broken = Buffer.concat([
      Buffer.from('{"model":"chat","messages":[{"role":"user","content":"'),
      Buffer.of(0xff, 0xfe, 0xc0),
      Buffer.from('"}]}'),
    ]);
    expect({ broken: (await post(broken)).status }).toEqual({ broken: 200 });
  });

  test("a wild model name does no harm", async () => {
    for (const model of ["__proto__", "constructor", "a\r\nx: y", "\u0000", "模型", "'; drop table usage; --"])
      await expectError(await post({ ...good, model }), 404, "model_not_found");
  });
});

describe("paths and methods", () => {
  test("wrong method", async () => {
    const response = await fetch(`${sahab.address}/v1/chat/completions`);
    expect(response.headers.get("allow")).toBe("POST, OPTIONS");
    await expectError(response, 405, "method_not_allowed", { message: /use POST$/ });
    const models = await post(good, "/v1/models");
    expect(models.headers.get("allow")).toBe("GET, HEAD, OPTIONS");
    await expectError(models, 405, "method_not_allowed", { message: /use GET, HEAD$/ });
  });

  test("a method that is not known is not taken for another", async () => {
    for (const path of ["/admin/v1/keys", "/healthz", "/readyz", "/metrics"]) {
      for (const method of ["Post", "get", "PRI", "LINK", "X!", "TRACE"]) {
        const reply = await sendRaw(
          sahab.address,
          `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${sahab.adminKey}\r\n\r\n`,
        );
        const allow = path.startsWith("/admin") ? "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS" : "GET, HEAD, OPTIONS";
        expect({ path, method, status: reply.status, allow: reply.headers.get("allow") }).toEqual({
          path,
          method,
          status: 405,
          allow,
        });
        expect(reply.text).toContain(`${method} is not allowed for ${path}; use GET, HEAD`);
      }
    }
    expect((await fetch(`${sahab.address}/healthz`, { method: "POST", body: "{}" })).status).toBe(405);
  });

  test("unknown path: the base URL that the client should have is named, in its own dialect", async () => {
    const host = sahab.address;
    const error = await expectError(await post(good, "/v1/chat/complete"), 404, "not_found");
    expect(error.message).toBe(
      `POST /v1/chat/complete is not served here; OpenAI clients take the base URL ${host}/v1, Anthropic clients take the base URL ${host}, Google clients take the base URL ${host}, DashScope clients take the base URL ${host}/api/v1; the admin API is at /admin/v1`,
    );
    const anthropic = await sahab.call("/v2/messages", good, { key, headers: { "anthropic-version": "2023-06-01" } });
    expect(await anthropic.json()).toMatchObject({
      type: "error",
      error: { message: expect.stringContaining(`is not served here; Anthropic clients take the base URL ${host}, `) },
    });
  });

  test("a path of DashScope's that is not served has an error in its form", async () => {
    const reply = await sahab.call("/api/v1/services/aigc/image-generation/generation", good, { key });
    expect([reply.status, await reply.json()]).toMatchObject([404, { code: "InvalidURL", sahab_code: "not_found" }]);
    await expectError(await post(good, "/api/v3/contents/generations/tasks"), 404, "not_found");
  });

  test("a base URL that is not quite right is understood", async () => {
    for (const path of [
      "//v1/chat/completions",
      "/v1//chat///completions",
      "/v1/chat/completions/",
      "/v1/v1/chat/completions",
      "/v1/v1/v1/chat/completions//",
      "/chat/completions",
      "/v1/chat/completions/chat/completions",
      "/v1/chat/completions/v1/chat/completions",
      "//v1/chat/completions?api-version=1",
    ])
      expect({ path, status: (await post(good, path)).status }).toEqual({ path, status: 200 });
    const models = async (path: string) =>
      (await fetch(sahab.address + path, { headers: { authorization: `Bearer ${key}` } })).json();
    const all = await models("/v1/models");
    for (const path of ["//v1/models", "/v1/models/", "/v1/v1/models", "/models"])
      expect(await models(path)).toEqual(all);
    for (const path of ["/v1/v1/models/chat", "//v1//models/chat", "/v1/models/chat/", "/v1/models//chat//"])
      expect(await models(path)).toMatchObject({ id: "chat" });
    // What is no prefix of ours is not guessed at.
    for (const path of ["/v2/chat/completions", "/x/v1/chat/completions", "/v1/x/chat/completions"])
      expect({ path, status: (await post(good, path)).status }).toEqual({ path, status: 404 });
  });

  test("HEAD is GET without its body, with its length", async () => {
    for (const path of ["/v1/models", "/v1/models/chat", "/healthz", "/readyz", "/metrics", "/nowhere"]) {
      const headers = { authorization: `Bearer ${key}` };
      const [get, head] = await Promise.all([
        fetch(sahab.address + path, { headers }),
        fetch(sahab.address + path, { headers, method: "HEAD" }),
      ]);
      const body = await get.text();
      expect({ path, status: head.status, body: await head.text() }).toEqual({ path, status: get.status, body: "" });
      // Numbers of memory and time differ between two calls.
      if (path !== "/metrics") expect(head.headers.get("content-length")).toBe(String(Buffer.byteLength(body)));
      expect(Number(head.headers.get("content-length"))).toBeGreaterThan(0);
    }
    for (const path of ["/config", "/keys", "/openapi.json", "/models", "/usage", "/requests", "/nowhere"]) {
      const get = await sahab.admin(path);
      const head = await sahab.admin(path, { method: "HEAD" });
      const length = String(Buffer.byteLength(await get.text()));
      expect({ path, status: head.status, length: head.headers.get("content-length") }).toEqual({
        path,
        status: get.status,
        length,
      });
    }
  });

  test("OPTIONS says which methods a path has, to everybody", async () => {
    const cases: [path: string, allow: string][] = [
      ["/v1/chat/completions", "POST, OPTIONS"],
      ["//v1/chat/completions/", "POST, OPTIONS"],
      ["/v1/messages", "POST, OPTIONS"],
      ["/v1/models", "GET, HEAD, OPTIONS"],
      ["/healthz", "GET, HEAD, OPTIONS"],
      ["/admin/v1/keys", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"],
    ];
    for (const [path, allow] of cases) {
      const headers = { origin: "https://app.example", "access-control-request-method": "POST" };
      const response = await fetch(sahab.address + path, { method: "OPTIONS", headers });
      expect({ path, status: response.status, allow: response.headers.get("allow") }).toEqual({
        path,
        status: 204,
        allow,
      });
      expect([...response.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
    expect((await fetch(`${sahab.address}/nowhere`, { method: "OPTIONS" })).status).toBe(404);
  });

  test("a query does not matter", async () => {
    expect((await post(good, "/v1/chat/completions?api-version=1")).status).toBe(200);
  });

  test("a model's name with a broken escape is a wrong request, not a failure of ours", async () => {
    const response = await fetch(`${sahab.address}/v1/models/%E0%A4%A`, {
      headers: { authorization: `Bearer ${key}` },
    });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    await response.text();
  });

  test("models need a key", async () => {
    await expectError(await fetch(`${sahab.address}/v1/models`), 401, "missing_api_key");
  });

  test("probes and metrics need none", async () => {
    for (const path of ["/healthz", "/readyz", "/metrics"])
      expect((await fetch(sahab.address + path)).status).toBe(200);
  });
});

test("refused requests are in the ledger without tokens or cost; those of nobody are not there", async () => {
  const refused = await post({ ...good, model: "gpt-99" });
  await refused.text();
  const record = await sahab.record(refused.headers.get("x-request-id"));
  expect(record).toMatchObject({
    status: 404,
    outcome: "model_not_found",
    attempts: 0,
    provider: "",
    cost: "0",
    tokens: { input: 0, output: 0 },
  });
  const nobody = await withHeaders({ authorization: "Bearer sk-sahab-1111111111111111" });
  await nobody.text();
  const ids = (await sahab.records()).map((one) => one.id);
  expect(ids).not.toContain(nobody.headers.get("x-request-id") ?? "");
});

test("the metric labels stay bounded, whatever names callers invent", async () => {
  for (let i = 0; i < 20; i++) await (await post({ ...good, model: `invented-${i}` })).text();
  expect(await (await fetch(`${sahab.address}/metrics`)).text()).not.toContain("invented");
});

test("after all this Sahab still answers, and has logged no failure of its own", async () => {
  expect((await post(good)).status).toBe(200);
  expect(sahab.logs()).not.toContain("failed inside Sahab");
  expect(sahab.logs()).not.toContain("outside its handler");
});
