import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../testing/eventually.ts";
import { startFakeHub, type FakeHub } from "../testing/fake-hub.ts";
import { findFreePort } from "../testing/free-port.ts";
import { writeRandomModel } from "../testing/gguf/random-model.ts";
import { listOf, oneToken, startListingVendor, type ListingVendor } from "../testing/listing-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";

// Providers, models, aliases and pulls as resources of the admin API, in a whole Sahab with a vendor and a hub that are real servers.

const key = "sk-the-good-key-of-these-tests-1";
let folder: string;
let hub: FakeHub;
let vendor: ListingVendor;
let sahab: TestSahab;
const price = { currency: "USD", input: 1, output: 2 };

beforeAll(async () => {
  folder = makeTemporaryFolder();
  await writeRandomModel(join(folder, "m.gguf"), { architecture: "llama", seed: 1 });
  const model = readFileSync(join(folder, "m.gguf"));
  hub = startFakeHub({ "o/tiny-GGUF": { "tiny-Q4_K_M.gguf": model } });
  vendor = startListingVendor({ key, models: listOf("m1", "m2"), chats: { "/v1/chat/completions": oneToken } });
  sahab = await runSahab({
    config: {
      providers: [{ name: "filed", vendor: "compatible", base_url: vendor.origin, api_key: key }],
      models: [{ name: "filed-model", targets: [{ provider: "filed", model: "m1" }], price }],
      aliases: { "filed-*": "filed-model" },
    },
    env: { HF_ENDPOINT: hub.endpoint, SAHAB_PULL_HOSTS: hub.storeHost },
  });
});
afterAll(async () => {
  hub?.release();
  await sahab?.close();
  await Promise.all([hub?.stop(), vendor?.stop()]);
  removeTemporaryFolder(folder);
});

interface Report {
  status: string;
  keys: { models: { listed: number } | null; steps: { step: string; status: string }[]; token: object | null }[];
}
interface Failure {
  error: { code: string; message: string; problems?: { path: string }[] };
}
interface Model {
  name: string;
  managed_by: string | null;
  leads_to?: string;
  facts: { context_tokens: number | null };
  local: { slots: number; keep_alive: unknown } | null;
  targets: {
    provider: string;
    priority: number;
    weight: number;
    health: { resting: boolean; failures: number; last_failure: string | null; resting_until: string | null };
  }[];
}

const send = (method: string, path: string, json: unknown = {}) => sahab.admin(path, { method, json });
async function refused(response: Response): Promise<Failure["error"] & { status: number }> {
  return { ...((await response.json()) as Failure).error, status: response.status };
}
const modelNamed = (name: string) => sahab.adminJson<Model>(`/models/${encodeURIComponent(name)}`);

test("a vendor's key is tried before it is stored, and is never given back", async () => {
  const draft = { vendor: "compatible", name: "shop", base_url: vendor.origin };
  const wrong = await sahab.adminJson<Report>("/providers/test", {
    json: { ...draft, api_key: "sk-wrong-key-000000000000" },
  });
  expect(wrong.status).toBe("failed");
  const good = await sahab.adminJson<Report>("/providers/test", { json: { ...draft, api_key: key } });
  expect(good.keys[0]).toMatchObject({ models: { listed: 2 }, token: null });
  // Nothing was stored.
  expect((await sahab.admin("/providers/shop")).status).toBe(404);

  const added = await (await send("POST", "/providers", { ...draft, api_key: key })).text();
  expect(added).not.toContain(key);
  expect(JSON.parse(added)).toMatchObject({ name: "shop", managed_by: "console", settings: { keys: 1 } });
  expect(await refused(await send("POST", "/providers", draft))).toMatchObject({ status: 409, code: "conflict" });

  // What is stored stays where it is left out, and goes to nobody else.
  const stored = await sahab.adminJson<Report>("/providers/test", { json: { vendor: "compatible", name: "shop" } });
  expect(stored.keys[0]).toMatchObject({ models: { listed: 2 } });
  const stranger = { base_url: "https://stranger.example/v1" };
  for (const response of [
    await send("PATCH", "/providers/shop", stranger),
    await send("POST", "/providers/test", { ...draft, ...stranger }),
  ]) {
    const error = await refused(response);
    expect(error).toMatchObject({ status: 400, problems: [{ path: "api_key" }] });
    expect(error.message).toContain("stranger.example");
  }
  expect(await refused(await send("PATCH", "/providers/shop", { base_url: "ftp://x" }))).toMatchObject({
    status: 400,
    problems: [{ path: "base_url" }],
  });
  expect(
    await sahab.adminJson("/providers/shop", { method: "PATCH", json: { timeouts: { idle_ms: 5_000 } } }),
  ).toMatchObject({
    settings: { timeouts: { idle_ms: 5_000 }, keys: 1 },
  });
  const { status, keys } = await sahab.adminJson<Report>("/providers/shop/test", {
    json: { model: "m1", token: false },
  });
  expect([status, keys[0]?.models?.listed]).toEqual(["ok", 2]);
});

test("vendors tell what they need", async () => {
  type Vendor = {
    name: string;
    title: string;
    key: string;
    regions: { name: string }[];
    base_url: string | null;
    models: number;
  };
  const { vendors } = await sahab.adminJson<{ vendors: Vendor[] }>("/vendors");
  const named = (name: string) => vendors.find((one) => one.name === name);
  expect(named("alibaba")).toMatchObject({ key: "needed", regions: [{ name: "cn" }, { name: "intl" }, {}, {}] });
  expect(named("alibaba")?.models).toBeGreaterThan(10);
  expect(named("compatible")).toMatchObject({ key: "optional", base_url: null });
  expect(named("bedrock")).toMatchObject({ key: "machine" });
});

test("routes are made, changed and watched; what a file manages is left to it", async () => {
  const put = (name: string, json: object) =>
    sahab.adminJson<Model>(`/models/${encodeURIComponent(name)}`, { method: "PUT", json });
  const targets = [
    { provider: "shop", model: "gone", priority: 1, weight: 3 },
    { provider: "filed", model: "m1", priority: 2, price: { ...price, input: 7 } },
  ];
  type Priced = { targets: { prices: { input: number }[] }[] };
  expect(await put("team/chat", { targets, price, context: 8_000 })).toMatchObject({
    name: "team/chat",
    managed_by: "console",
    facts: { context_tokens: 8_000 },
    targets: [
      { provider: "shop", weight: 3, health: { resting: false, failures: 0 } },
      { provider: "filed", weight: 1 },
    ],
  });
  // The first target fails, and the page sees it rest. It has a model list and no such path, so that it is unwell.
  vendor.calls.length = 0;
  const dead = { base_url: "http://127.0.0.1:1", api_key: key };
  await sahab.adminJson("/providers/shop", { method: "PATCH", json: dead });
  const answer = await sahab.call("/v1/chat/completions", {
    model: "team/chat",
    messages: [{ role: "user", content: "Hi" }],
  });
  expect(answer.status).toBe(200);
  expect((await modelNamed("team/chat")).targets[0]?.health).toMatchObject({
    resting: true,
    failures: expect.any(Number),
    last_failure: "upstream_unreachable",
    resting_until: expect.any(String),
  });
  const { providers } = await sahab.adminJson<{ providers: { name: string; resting: number }[] }>("/providers");
  expect(providers.find(({ name }) => name === "shop")).toMatchObject({ resting: 1 });

  const patched = await sahab.adminJson<Model>("/models/team%2Fchat", {
    method: "PATCH",
    json: { targets: [{ provider: "filed", model: "m1" }], context: null },
  });
  // A page that moves a target does not lose its price.
  expect((patched as unknown as Priced).targets[0]?.prices[0]?.input).toBe(7);
  expect(patched.targets).toHaveLength(1);
  expect(patched.facts.context_tokens).not.toBe(8_000);
  const unknown = await refused(await send("PUT", "/models/other", { targets: [{ provider: "nobody", model: "m" }] }));
  expect(unknown).toMatchObject({ status: 400, problems: [{ path: "targets[0].provider" }] });

  for (const response of [
    await send("PATCH", "/models/filed-model", { context: 100 }),
    await send("PATCH", "/providers/filed", { region: "eu" }),
    await send("DELETE", "/providers/filed"),
    await send("PUT", "/aliases/filed-*", { model: "team/chat" }),
  ]) {
    const error = await refused(response);
    expect(error).toMatchObject({ status: 409, code: "conflict" });
    expect(error.message).toContain("a cloud.yaml manages it");
  }
  expect(await refused(await send("DELETE", "/providers/nobody"))).toMatchObject({ status: 404 });
  await sahab.adminJson("/models/team%2Fchat", { method: "PATCH", json: { targets } });
  const inUse = await refused(await send("DELETE", "/providers/shop"));
  expect(inUse.message).toContain("is a target of team/chat");
});

test("aliases lead to models until they are taken away", async () => {
  const alias = await sahab.adminJson("/aliases/gpt-*", { method: "PUT", json: { model: "team/chat" } });
  expect(alias).toEqual({ name: "gpt-*", model: "team/chat", managed_by: "console" });
  const names = async () =>
    (await sahab.adminJson<{ aliases: { name: string }[] }>("/aliases")).aliases.map(({ name }) => name);
  expect(await names()).toEqual(["filed-*", "gpt-*"]);
  await sahab.adminJson("/aliases/gpt-*", { method: "DELETE" });
  expect(await names()).toEqual(["filed-*"]);
  expect(await refused(await send("DELETE", "/aliases/gpt-*"))).toMatchObject({ status: 404 });
});

interface Pull {
  id: string;
  state: string;
  phase: string;
  received_bytes: number;
  total_bytes: number | null;
  model: string | null;
  found: { quantization: string } | null;
  error: { code: string } | null;
}

test("a pull goes on by itself, tells how far it is, is cancelled and begun again; its model has settings", async () => {
  hub.behaviour.holdAfterBytes = 64 * 1024;
  const begin = () => sahab.adminJson<Pull>("/pulls", { json: { source: "hf.co/o/tiny-GGUF", name: "tiny" } });
  const { id, state } = await begin();
  expect(state).toBe("running");
  const at = (pull: string) => sahab.adminJson<Pull>(`/pulls/${pull}`);
  const held = await eventually("progress", async () => {
    const now = await at(id);
    return now.received_bytes > 0 ? now : undefined;
  });
  expect(held).toMatchObject({ state: "running", phase: "fetching", found: { quantization: "Q4_K_M" } });
  expect(held.total_bytes).toBeGreaterThan(held.received_bytes);
  expect(await sahab.adminJson<Pull>(`/pulls/${id}`, { method: "DELETE" })).toMatchObject({ state: "cancelled" });
  hub.release();
  hub.behaviour.holdAfterBytes = Number.POSITIVE_INFINITY;

  const again = await begin();
  const done = await eventually("the end of the pull", async () => {
    const now = await at(again.id);
    return now.state === "running" ? undefined : now;
  });
  expect(done).toMatchObject({ state: "done", model: "tiny", error: null });
  const { pulls } = await sahab.adminJson<{ pulls: Pull[] }>("/pulls");
  expect(pulls.map((pull) => [pull.id, pull.state])).toEqual([
    [again.id, "done"],
    [id, "cancelled"],
  ]);
  await sahab.adminJson(`/pulls/${id}`, { method: "DELETE" });
  expect((await sahab.admin(`/pulls/${id}`)).status).toBe(404);
  const failing = await sahab.adminJson<Pull>("/pulls", { json: { source: "hf.co/o/nothing-GGUF" } });
  const failed = await eventually("the failure", async () => {
    const now = await at(failing.id);
    return now.state === "running" ? undefined : now;
  });
  expect(failed).toMatchObject({ state: "failed", model: null });

  // It runs always until it may sleep.
  expect(await refused(await send("POST", "/models/tiny/unload"))).toMatchObject({ status: 409 });
  const settings = { local: { slots: 1, context: 512, keep_alive: "10m", cache_ram: 16 } };
  expect(await sahab.adminJson<Model>("/models/tiny", { method: "PATCH", json: settings })).toMatchObject({
    managed_by: "console",
    local: { slots: 1, keep_alive: "10m", cache_ram: 16 },
  });
  const place = async () =>
    (await sahab.adminJson<{ engines: { name: string; memory: { state: string } | null }[] }>("/ps")).engines.find(
      ({ name }) => name === "tiny",
    )?.memory?.state;
  await eventually("sleep", async () => (await place()) === "sleeping");
  await sahab.adminJson("/models/tiny/load", { method: "POST" });
  await eventually("the load", async () => (await place()) === "loaded", 20_000);
  await sahab.adminJson("/models/tiny/unload", { method: "POST" });
  await eventually("sleep again", async () => (await place()) === "sleeping");
});

test("settings and health tell what is there, and neither a secret nor a webhook's whole address", async () => {
  const changed = await sahab.adminJson("/settings", { method: "PATCH", json: { retention: { usage_days: 30 } } });
  expect(changed).toMatchObject({
    server: { tls: false, data_folder: sahab.dataDir },
    retention: { usage_days: 30, managed_by: "console" },
  });
  const { variables } = changed as { variables: string[] };
  expect(variables).toEqual(expect.arrayContaining(["HF_ENDPOINT", "SAHAB_PULL_HOSTS"]));
  expect(JSON.stringify(changed)).not.toContain(hub.storeHost);
  const retained = { retention: { usage_days: 3_000 } };
  for (const wrong of [{ retention: { usage_days: 1 } }, { ...retained, memory: { budget: "nonsense" } }])
    expect(await refused(await send("PATCH", "/settings", wrong))).toMatchObject({ status: 400 });
  // Where one of several cannot be, none is changed.
  expect(await sahab.adminJson("/settings")).toMatchObject({ retention: { usage_days: 30 }, memory: { budget: null } });
  const yaml = await (await sahab.admin("/config?format=yaml")).text();
  expect(yaml).toContain("usage_days: 30");
  expect(yaml).not.toContain(key);
  const dry = await sahab.admin("/apply?dry_run=1", {
    method: "POST",
    body: yaml.replace("usage_days: 30", "usage_days: 60"),
  });
  const { changes } = (await dry.json()) as { changes: { name: string; values: object[] }[] };
  expect(changes.find(({ name }) => name === "retention")?.values).toContainEqual({
    path: "usage_days",
    before: 30,
    after: 60,
  });

  type Health = {
    status: string;
    checks: {
      check: string;
      status: string;
      detail: string;
      told?: { code: string; values: Record<string, string> };
    }[];
    journal: object;
    store: object;
    disk: object;
  };
  const health = await sahab.adminJson<Health>("/health");
  const statusOf = (check: string) => health.checks.find((one) => one.check === check)?.status;
  expect([statusOf("journal"), statusOf("address"), statusOf("model tiny")]).toEqual(["ok", "ok", "ok"]);
  expect(health).toMatchObject({ store: { kind: "sqlite" }, journal: { fault: null, kept_records: 0 } });
  expect(health.disk).not.toBeNull();
  // The console says the same in other languages by codes, of which its English catalogue is the original.
  const { detail: sentences } = (await Bun.file(
    join(import.meta.dir, "../../console/src/i18n/locales/en/health.json"),
  ).json()) as { detail: Record<string, string> };
  const told = health.checks.flatMap((one) => (one.told ? [{ ...one.told, detail: one.detail }] : []));
  expect(told.map(({ code }) => code)).toEqual(
    expect.arrayContaining(["machine", "diskFree", "filesClosed", "addressLocal", "keysActive", "cachesApart"]),
  );
  for (const { code, values, detail } of told)
    expect(
      sentences[code]
        ?.replaceAll(/[\u2068\u2069]/g, "")
        .replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? "?"),
    ).toBe(detail);
});

test("with several processes a pull is seen from each, and ended from any", async () => {
  hub.behaviour.holdAfterBytes = 64 * 1024;
  const port = await findFreePort();
  const several = await runSahab({
    config: { models: [] },
    env: { HF_ENDPOINT: hub.endpoint, SAHAB_PULL_HOSTS: hub.storeHost, SAHAB_WORKERS: "2", SAHAB_PORT: `${port}` },
  });
  try {
    const { id } = await several.adminJson<Pull>("/pulls", { json: { source: "hf.co/o/tiny-GGUF" } });
    // Each call has a connection of its own, so that both processes answer some.
    const headers = { connection: "close" };
    const look = () => several.adminJson<{ pulls: Pull[] }>("/pulls", { headers });
    const seen = await Promise.all(Array.from({ length: 8 }, look));
    expect(seen.map(({ pulls }) => pulls.map((pull) => pull.id))).toEqual(seen.map(() => [id]));
    const cancel = () => several.adminJson<Pull>(`/pulls/${id}`, { method: "DELETE", headers });
    expect((await cancel()).state).toBe("cancelled");
    for (let i = 0; i < 4; i++) expect((await look()).pulls[0]?.state).toBe("cancelled");
  } finally {
    hub.release();
    hub.behaviour.holdAfterBytes = Number.POSITIVE_INFINITY;
    await several.close();
  }
});
