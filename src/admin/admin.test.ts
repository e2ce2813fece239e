import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chat, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

let vendor: FakeVendor;
let sahab: TestSahab;

const config = (extra: object = {}) => ({
  providers: [
    {
      name: "fake",
      vendor: "compatible",
      base_url: vendor.url,
      api_key: "vendor-secret",
      headers: { "x-a": "header-secret" },
    },
  ],
  models: [
    {
      name: "chat",
      targets: [{ provider: "fake", model: "m" }],
      price: { currency: "USD", input: 1, cached_input: 0.5, output: 2 },
    },
  ],
  projects: [
    { name: "default" },
    { name: "team", budget: { amount: "10.5", period: "month" }, limits: { rpm: 60 } },
    { name: "yuan", currency: "CNY" },
  ],
  ...extra,
});

beforeAll(async () => {
  vendor = startFakeVendor({ m: chat(["ok"]) });
  sahab = await runSahab({ config: config() });
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

interface AdminError {
  error: { code: string; message: string; param: string | null; request_id: string };
}

async function expectError(response: Response, status: number, code: string, message?: RegExp): Promise<void> {
  const { error } = (await response.json()) as AdminError;
  expect({ status: response.status, code: error.code, message: error.message }).toMatchObject({ status, code });
  if (message) expect(error.message).toMatch(message);
  expect(error.request_id).not.toBe("");
}

const call = async (key: string, count = 1) => {
  for (let i = 0; i < count; i++) {
    const response = await sahab.call(
      "/v1/chat/completions",
      { model: "chat", messages: [{ role: "user", content: "Hi" }] },
      { key },
    );
    expect(response.status).toBe(200);
    await response.text();
  }
};

describe("apply", () => {
  test("takes YAML and JSON, says what changes, and twice changes nothing", async () => {
    expect((await sahab.apply(config())).changes).toEqual([]);
    const yaml = await sahab.admin("/apply?prune=1", {
      method: "POST",
      body: "projects: [{ name: default }]",
      headers: { "content-type": "application/yaml" },
    });
    expect(yaml.status).toBe(200);
    expect(((await yaml.json()) as { changes: unknown[] }).changes).toEqual([
      { action: "delete", kind: "provider", name: "fake" },
      { action: "delete", kind: "model", name: "chat" },
      { action: "delete", kind: "project", name: "team" },
      { action: "delete", kind: "project", name: "yuan" },
    ]);
    const back = await sahab.apply(config());
    expect(back.changes.map((change) => change.action)).toEqual(["create", "create", "create", "create"]);
    expect(back.warnings).toEqual([]);
  });

  test("takes a compressed document, and refuses what it cannot decode", async () => {
    const send = (body: Uint8Array, coding: string, path = "/apply?dry_run=1") =>
      sahab.admin(path, {
        method: "POST",
        headers: { "content-encoding": coding },
        body: body as Uint8Array<ArrayBuffer>,
      });
    const text = JSON.stringify(config({ projects: [{ name: "default" }, { name: "packed" }] }));
    for (const [coding, body] of [
      ["gzip", Bun.gzipSync(text)],
      ["zstd", Bun.zstdCompressSync(text)],
    ] as const) {
      const response = await send(body, coding);
      expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('"name":"packed"')]);
    }
    for (const path of ["/apply?dry_run=1", "/keys", "/models/pull"]) {
      const unknown = await send(Buffer.from(text), "rot13", path);
      expect(unknown.headers.get("accept-encoding")).toBe("gzip, deflate, br, zstd, identity");
      await expectError(unknown, 415, "unsupported_encoding", /rot13/);
      await expectError(await send(Buffer.from(text), "gzip", path), 400, "invalid_request", /whole and sound gzip/);
      await expectError(
        await send(Bun.gzipSync(Buffer.alloc(40_000_000)), "gzip", path),
        413,
        "body_too_large",
        /once it is decoded/,
      );
    }
  });

  test("a dry run changes nothing", async () => {
    const dry = await sahab.apply({ projects: [{ name: "default" }] }, true);
    expect(dry.dry_run).toBeTrue();
    expect(dry.changes.length).toBeGreaterThan(0);
    expect((await sahab.apply(config())).changes).toEqual([]);
  });

  test("a provider that comes back under its old name does not get its old secret", async () => {
    await sahab.apply({ projects: config().projects });
    const { providers, ...rest } = config();
    const without = providers.map(({ api_key: _key, headers: _headers, ...provider }) => provider);
    await sahab.apply({ ...rest, providers: without });
    const { key } = await sahab.createKey();
    await call(key);
    expect(vendor.calls.at(-1)?.headers.get("authorization")).toBeNull();
    await sahab.apply(config());
  });

  test("a stored secret does not follow its provider to another address", async () => {
    const moved = (fields: object) => {
      const { providers, ...rest } = config();
      const [{ api_key: _key, headers: _headers, ...provider }] = providers as [(typeof providers)[0]];
      return { ...rest, providers: [{ ...provider, base_url: "http://127.0.0.1:1/v1", ...fields }] };
    };
    for (const fields of [{}, { api_key: "another-secret" }, { headers: {} }]) {
      const response = await sahab.admin("/apply", { json: moved(fields) });
      expect(response.status).toBe(400);
      const text = await response.text();
      expect(text).toContain("http://127.0.0.1:1");
      expect(text).not.toMatch(/(?:vendor|header|another)-secret/);
    }
    expect((await sahab.admin("/apply", { json: moved({ api_key: null, headers: null }) })).status).toBe(200);
    await sahab.apply(config());
    // Another path at the same place is the same place.
    const elsewhere = moved({ base_url: `${vendor.url}/other` });
    expect((await sahab.apply(elsewhere)).changes).toMatchObject([{ name: "fake", fields: ["base_url"] }]);
    await sahab.apply(config());
  });

  test("answers of the admin API carry the request's id", async () => {
    const good = await sahab.admin("/balance?project=default");
    expect(good.headers.get("x-request-id")).toMatch(/^adm_/);
    const bad = await sahab.admin("/nothing-here");
    const { error } = (await bad.json()) as { error: { request_id: string } };
    expect(bad.headers.get("x-request-id")).toBe(error.request_id);
  });

  test("many at once: each is whole, none is lost in silence", async () => {
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        sahab.admin("/apply", { json: config({ projects: [...config().projects, { name: `extra-${index}` }] }) }),
      ),
    );
    for (const result of results) expect([200, 409]).toContain(result.status);
    const { projects } = await sahab.adminJson<{ projects: { name: string }[] }>("/config");
    expect(projects.filter((project) => project.name.startsWith("extra-"))).toHaveLength(1);
    await sahab.apply(config());
  });

  test("what is wrong is told at its place and changes nothing", async () => {
    await expectError(
      await sahab.admin("/apply", { json: { nothing: 1 } }),
      400,
      "invalid_request",
      /nothing: unknown/,
    );
    await expectError(
      await sahab.admin("/apply", { method: "POST", body: "a: [", headers: { "content-type": "application/yaml" } }),
      400,
      "invalid_request",
      /YAML/,
    );
    await expectError(
      await sahab.admin("/apply", { method: "POST", body: "{", headers: { "content-type": "application/json" } }),
      400,
      "invalid_request",
    );
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefghijk"
      .split("")
      .map(
        (name, index) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${"abcdefghijk"[index]}`).join(",")}]`,
      )
      .join("\n")}`;
    const exploded = await sahab.admin("/apply", {
      method: "POST",
      body: bomb,
      headers: { "content-type": "application/yaml" },
    });
    expect(exploded.status).toBe(400);
    expect((await sahab.apply(config())).changes).toEqual([]);
  });

  test("a large configuration is applied and read back", async () => {
    const models = Array.from({ length: 2_000 }, (_, index) => ({ ...config().models[0], name: `model-${index}` }));
    expect((await sahab.apply(config({ models: [...config().models, ...models] }))).changes).toHaveLength(2_000);
    expect((await sahab.adminJson<{ models: unknown[] }>("/models")).models).toHaveLength(2_001);
    expect((await sahab.apply(config())).changes).toHaveLength(2_000);
  });
});

test("the configuration is shown without its secrets", async () => {
  const text = await (await sahab.admin("/config")).text();
  expect(text).toContain("fake");
  expect(text).not.toContain("secret");
});

describe("keys", () => {
  test("are made with terms, listed without their text, and revoked", async () => {
    const made = await sahab.createKey({
      name: "ci",
      project: "team",
      budget: { amount: "1.5", period: "day" },
      limits: { rpm: 5, tpm: 100, concurrency: 2 },
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
    });
    const text = await (await sahab.admin("/keys")).text();
    expect(text).not.toContain(made.key);
    const row = (JSON.parse(text) as { keys: Record<string, unknown>[] }).keys.find((key) => key["id"] === made.id);
    expect(row).toMatchObject({ name: "ci", project: "team", status: "active", revoked_at: null });
    expect(made.key).toStartWith(String(row?.["prefix"]));
    expect(await sahab.adminJson<object>(`/keys/${made.id}`, { method: "DELETE" })).toEqual({
      id: made.id,
      revoked: true,
    });
    await expectError(await sahab.admin("/keys/key_nothing", { method: "DELETE" }), 404, "not_found");
  });

  test("wrong fields are told", async () => {
    const post = (json: unknown) => sahab.admin("/keys", { json });
    await expectError(await post({}), 400, "invalid_request", /name/);
    await expectError(await post({ name: "" }), 400, "invalid_request", /name/);
    await expectError(await post({ name: "x", colour: "blue" }), 400, "invalid_request", /colour/);
    await expectError(await post({ name: "x", project: "nowhere" }), 400, "invalid_request", /nowhere.*default/);
    await expectError(await post({ name: "x", expires_at: "soon" }), 400, "invalid_request", /expires_at/);
    await expectError(await post({ name: "x", expires_at: "2001-01-01T00:00:00Z" }), 400, "invalid_request", /past/);
    for (const amount of ["lots", "-1", -1])
      await expectError(
        await post({ name: "x", budget: { amount, period: "day" } }),
        400,
        "invalid_request",
        /budget\.amount/,
      );
  });
});

test("the admin key is found in the forms that clients send, and a wrong one is explained by its place", async () => {
  const ask = (headers: Record<string, string>) => fetch(`${sahab.address}/admin/v1/ps`, { headers });
  for (const headers of [
    { authorization: `Bearer Bearer ${sahab.adminKey}` },
    { authorization: `bearer "${sahab.adminKey}"` },
    { "x-api-key": sahab.adminKey },
  ] as Record<string, string>[])
    expect((await ask(headers)).status).toBe(200);
  await expectError(
    await ask({ "api-key": "sk-wrong-key" }),
    401,
    "invalid_api_key",
    /found in the header api-key: KEY/,
  );
  await expectError(
    await ask({ authorization: "Basic abc" }),
    401,
    "invalid_api_key",
    /authorization has the scheme Basic/,
  );
});

describe("reports", () => {
  test("usage, requests and balance agree to the last digit, at once after the answer", async () => {
    const { key, id } = await sahab.createKey({ project: "team", name: "a bill" });
    await call(key, 7);
    const rows = (group: string) =>
      sahab.adminJson<{
        rows: { group: string; name?: string; requests: number; cost: string; input_tokens: number }[];
      }>(`/usage?group_by=${group}`);
    // (100 − 40) × 1 + 40 × 0.5 + 20 × 2 = 120 per million, seven times.
    const byKey = (await rows("key")).rows.find((row) => row.group === id);
    expect(byKey).toMatchObject({ name: "a bill", requests: 7, input_tokens: 700, cost: "0.00084" });
    for (const row of (await rows("project")).rows) expect(row).not.toHaveProperty("name");
    expect((await rows("project")).rows.find((row) => row.group === "team")).toMatchObject({ cost: "0.00084" });
    const records = (await sahab.records()).filter((record) => record.key === id);
    expect(records.map((record) => record.cost)).toEqual(Array.from({ length: 7 }, () => "0.00012"));
    expect(await sahab.adminJson<object>("/balance?project=team")).toMatchObject({
      project: "team",
      currency: "USD",
      budget: { amount: "10.5", period: "month" },
      held: "0",
      spent: "0.00084",
      enforced: true,
      windows: [{ period: "month", soft: false, spent: "0.00084", left: "10.49916" }],
    });
    expect(await sahab.adminJson<object>("/balance?project=default")).toMatchObject({ budget: null });
    await expectError(await sahab.admin("/balance?project=none"), 404, "not_found", /default, team/);
  });

  test("requests come in pages, newest first, each once", async () => {
    const { key } = await sahab.createKey();
    await call(key, 5);
    const seen: string[] = [];
    let cursor = "";
    do {
      const page = await sahab.adminJson<{ requests: { id: string }[]; next: string | null }>(
        `/requests?limit=2${cursor}`,
      );
      seen.push(...page.requests.map((record) => record.id));
      cursor = page.next === null ? "" : `&cursor=${page.next}`;
    } while (cursor !== "");
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(seen.toSorted().toReversed());
    expect(seen).toEqual((await sahab.records()).map((record) => record.id));
  });

  test("requests are listed by what they have in common", async () => {
    const { id, key } = await sahab.createKey({ name: "listed" });
    await call(key, 2);
    const listed = async (query: string) =>
      (await sahab.adminJson<{ requests: { key: string; status: number }[] }>(`/requests?${query}`)).requests;
    expect((await listed("key=listed")).map((request) => request.key)).toEqual([id, id]);
    expect(await listed(`key=${id}&status=200&limit=1`)).toHaveLength(1);
    expect(await listed(`key=${id}&status=429`)).toEqual([]);
    expect(await listed(`key=${id}&until=2020-01-01T00:00:00Z`)).toEqual([]);
    expect(await listed("key=nobody")).toEqual([]);
  });

  test("wrong questions are told", async () => {
    await expectError(await sahab.admin("/usage?group_by=mood"), 400, "invalid_request", /group_by/);
    await expectError(await sahab.admin("/usage?since=yesterday"), 400, "invalid_request", /since/);
    await expectError(await sahab.admin("/usage?currency=usd"), 400, "invalid_request", /currency/);
    await expectError(await sahab.admin("/requests?limit=0"), 400, "invalid_request", /limit/);
    await expectError(await sahab.admin("/requests?limit=100000"), 400, "invalid_request", /limit/);
    await expectError(await sahab.admin("/requests?cursor=req_1"), 400, "invalid_request", /cursor/);
    await expectError(await sahab.admin("/requests?status=ok"), 400, "invalid_request", /status/);
    await expectError(await sahab.admin("/nothing"), 404, "not_found", /openapi/);
  });

  test("since and until bound the time", async () => {
    const sum = async (query: string) =>
      (await sahab.adminJson<{ rows: { requests: number }[] }>(`/usage?${query}`)).rows.reduce(
        (total, row) => total + row.requests,
        0,
      );
    const all = await sum("");
    expect(all).toBeGreaterThan(0);
    expect(await sum(`until=${encodeURIComponent(new Date(Date.now() + 60_000).toISOString())}`)).toBe(all);
    expect(await sum(`since=${encodeURIComponent(new Date(Date.now() + 60_000).toISOString())}`)).toBe(0);
    expect(await sum("until=2001-01-01T00:00:00Z")).toBe(0);
    expect(await sum("since=2001-01-01T00:00:00%2B03:00")).toBe(all);
  });
});

test("the document at /admin/v1/openapi.json describes what is there, and needs no key", async () => {
  const response = await fetch(`${sahab.address}/admin/v1/openapi.json`);
  expect(response.status).toBe(200);
  const document = (await response.json()) as { openapi: string; paths: Record<string, object> };
  expect(document.openapi).toStartWith("3.1");
  for (const path of ["apply", "keys", "usage", "requests", "balance", "models", "ps", "config"])
    expect(Object.keys(document.paths)).toContain(`/admin/v1/${path}`);
});

test("metrics count what was served", async () => {
  const text = await (await fetch(`${sahab.address}/metrics`)).text();
  const total = Number(/sahab_requests_total\{[^}]*outcome="ok"[^}]*\} (\d+)/.exec(text)?.[1]);
  expect(total).toBe((await sahab.records()).filter((record) => record.outcome === "ok").length);
  expect(text).toMatch(/^process_resident_memory_bytes \d+/m);
  expect(text).toMatch(/sahab_request_duration_seconds_bucket\{[^}]*le="\+Inf"/);
});

test("nothing of all this was a failure of ours", () => {
  expect(sahab.logs()).not.toContain("failed inside Sahab");
  expect(sahab.logs()).not.toContain("secret");
});
