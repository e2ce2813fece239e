import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { toFile } from "openai";
import { buildSnapshot, parseCloudConfig } from "../config/index.ts";
import { dialects } from "../dialect/registry.ts";
import { batchClient, chatLine } from "../testing/batches/batch-client.ts";
import { startFakeAnthropicBatches } from "../testing/batches/fake-anthropic-batches.ts";
import { serveUsual, type Ending, type FakeBatches } from "../testing/batches/fake-batches.ts";
import { startFakeOpenaiBatches } from "../testing/batches/fake-openai-batches.ts";
import { eventually } from "../testing/eventually.ts";
import { startFakeVendor, wholeChat } from "../testing/fake-vendor.ts";
import { startGateway, type GatewayInProcess } from "../testing/gateway-in-process.ts";

// What a client's batch is where vendors have batches: OpenAI's SDK, the whole request path, and vendors over real HTTP.

let offsetMs = 0;
const openai = startFakeOpenaiBatches({
  serve: (line) =>
    JSON.stringify(line.body).includes("fail-me")
      ? {
          status: 400,
          body: { error: { message: "too odd", type: "invalid_request_error", code: "odd", param: null } },
        }
      : serveUsual(line),
});
const anthropic = startFakeAnthropicBatches();
const plain = startFakeVendor({ solo: wholeChat("run by Sahab"), "gpt-solo": wholeChat("run by Sahab") });
/** Takes single calls alone. */
const withoutPaths: string[] = [];
const without = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  async fetch(request) {
    withoutPaths.push(new URL(request.url).pathname);
    if (!request.url.endsWith("/v1/chat/completions")) return new Response("no such page", { status: 404 });
    const body = (await request.json()) as Record<string, unknown>;
    return Response.json(serveUsual({ customId: "", body }).body);
  },
});
let gateway: GatewayInProcess;
let client: ReturnType<typeof batchClient>;

const price = { currency: "USD", input: 1, output: 2, batch: 0.5 };
const model = (name: string, provider: string, at: string) => ({ name, targets: [{ provider, model: at }], price });
const declared = {
  providers: [
    { name: "openai", vendor: "openai", base_url: openai.url, api_key: "sk-test" },
    { name: "anthropic", vendor: "anthropic", base_url: anthropic.url, api_key: "sk-ant-test" },
    { name: "siliconflow", vendor: "siliconflow", base_url: openai.url, api_key: "sk-test" },
    { name: "plain", vendor: "compatible", base_url: plain.url },
    // This server has no batches, and its vendor's name says that it has.
    { name: "without", vendor: "openai", base_url: `${without.url.origin}/v1`, api_key: "sk-test" },
    { name: "switched", vendor: "openai", base_url: plain.url, api_key: "sk-test", batches: "sahab" },
  ],
  models: [
    model("gpt", "openai", "gpt-5-mini"),
    model("claude", "anthropic", "claude-sonnet-4-6"),
    model("solo", "plain", "solo"),
    model("without", "without", "solo"),
    model("switched", "switched", "gpt-solo"),
    model("many", "siliconflow", "deepseek-ai/DeepSeek-V3"),
    {
      name: "two",
      targets: [
        { provider: "openai", model: "gpt-5-mini" },
        { provider: "plain", model: "solo", priority: 2 },
      ],
      price,
    },
    model("unknown", "openai", "no-such-model"),
  ],
  projects: [
    { name: "default" },
    { name: "picky", models: ["gpt"] },
    { name: "bounded", budget: { amount: 1, period: "total" } },
  ],
};

beforeAll(async () => {
  const localUpstream = () => {
    throw new Error("no model is local");
  };
  const snapshot = buildSnapshot({ dialects, localUpstream }, parseCloudConfig(declared));
  gateway = await startGateway(dialects, snapshot, {
    clock: { now: () => Date.now() + offsetMs, monotonic: () => performance.now() },
    batchPauses: { first: 50, most: 100 },
  });
  client = batchClient(gateway.address, await gateway.createKey("default"));
});

afterEach(() => {
  offsetMs = 0;
});

afterAll(async () => {
  await gateway?.close();
  await Promise.all([openai.stop(), anthropic.stop(), plain.stop(), without.stop(true)]);
});

/** The vendor's id of the next batch that it gets. */
function nextAt(fake: FakeBatches): Promise<string> {
  const known = new Set(fake.ids());
  return eventually("a batch at the vendor", () => fake.ids().find((id) => !known.has(id)));
}

async function runAt(fake: FakeBatches, lines: readonly string[], ending: Ending = {}) {
  const next = nextAt(fake);
  const created = await client.create(lines);
  const vendorId = await next;
  const given = fake.lines(vendorId);
  fake.end(vendorId, ending);
  return { batch: await client.ended(created), given };
}

async function recordsOf(batch: { id: string }) {
  const id = batch.id.slice(batch.id.indexOf("_"));
  return (await gateway.records()).filter((record) => record.id.startsWith(`req${id}`));
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `r${index}`);

test.each([
  ["gpt", () => openai],
  ["solo", undefined],
] as const)(
  "lines of %s are recorded with the user and tags that they say, or that their batch says",
  async (model, fakeOf) => {
    const fake = fakeOf?.();
    const file = await toFile(
      Buffer.from(
        [chatLine("one", model, { user: "bo", metadata: { team: "own" } }), chatLine("two", model)].join("\n"),
      ),
      "in.jsonl",
    );
    const { id } = await client.openai.files.create({ file, purpose: "batch" });
    const next = fake && nextAt(fake);
    const created = await client.openai.batches.create(
      {
        input_file_id: id,
        endpoint: "/v1/chat/completions",
        completion_window: "24h",
        metadata: { team: "of the batch", Job: "nightly" },
      },
      { headers: { "x-sahab-user": "anna", "x-sahab-session": "s1" } },
    );
    const vendorId = await next;
    if (fake && vendorId !== undefined) fake.end(vendorId, {});
    await client.ended(created);
    const records = (await recordsOf(created)).map(({ user, tags }) => ({ user, tags }));
    expect(records.toSorted((a, b) => (a.user < b.user ? -1 : 1))).toEqual([
      { user: "anna", tags: { session: "s1", team: "of the batch", job: "nightly" } },
      { user: "bo", tags: { session: "s1", team: "own", job: "nightly" } },
    ]);
  },
);

test.each([
  ["gpt", () => openai],
  ["claude", () => anthropic],
] as const)("a batch of %s runs at its vendor, at half the price, and reads as any other", async (model, fakeOf) => {
  const fake = fakeOf();
  const more = model === "claude" ? { max_tokens: 50 } : {};
  const { batch, given } = await runAt(
    fake,
    names(3).map((name) => chatLine(name, model, more)),
  );
  expect(given).toHaveLength(3);
  expect(batch).toMatchObject({
    status: "completed",
    model,
    error_file_id: null,
    request_counts: { total: 3, completed: 3, failed: 0 },
    usage: { input_tokens: 3_000, output_tokens: 600 },
  });
  const results = await client.results(batch.output_file_id);
  expect([...results.keys()].sort()).toEqual(names(3));
  const records = await recordsOf(batch);
  expect(records).toHaveLength(3);
  for (const [name, { response }] of results) {
    expect(response?.status_code).toBe(200);
    expect(response?.body.choices[0]?.message.content).toBe(`re: Hello ${name}`);
    const record = records.find(({ id }) => id === response?.request_id);
    // 1,000 × 1 + 200 × 2 millionths are 0.0014, and half of that.
    expect(record).toMatchObject({ outcome: "ok", status: 200, cost: 700_000n, model, dialect: "openai-chat" });
  }
  expect(fake.faults).toEqual([]);
  // Nothing stays at the vendor.
  const deletes = () => fake.calls.filter(({ method }) => method === "DELETE").length;
  await eventually("what is deleted there", () => deletes() > 0);
});

test("lines that fail there are in the file of errors, with the vendor's own words", async () => {
  const { batch } = await runAt(openai, [chatLine("good", "gpt"), chatLine("fail-me", "gpt")]);
  expect(batch.request_counts).toEqual({ total: 2, completed: 1, failed: 1 });
  const errors = await client.results(batch.error_file_id);
  expect(errors.get("fail-me")?.response).toMatchObject({ status_code: 400, body: { error: { code: "odd" } } });
  const bad = (await recordsOf(batch)).find(({ outcome }) => outcome !== "ok");
  expect(bad).toMatchObject({ status: 400, cost: 0n });
});

test("of several models each goes to its own vendor, and what no batch can have is run alone", async () => {
  const [atOpenai, atAnthropic] = [nextAt(openai), nextAt(anthropic)];
  const created = await client.create([
    chatLine("g1", "gpt"),
    chatLine("c1", "claude", { max_tokens: 50 }),
    chatLine("s1", "solo"),
    chatLine("g2", "gpt"),
    chatLine("c2", "claude", { max_tokens: 50 }),
    chatLine("missing", "nobody-knows"),
  ]);
  const ids = [await atOpenai, await atAnthropic] as const;
  expect(openai.lines(ids[0])).toHaveLength(2);
  expect(anthropic.lines(ids[1])).toHaveLength(2);
  // What Sahab runs does not wait for the vendors.
  await eventually("what Sahab runs", async () => {
    const { request_counts: counts } = await client.openai.batches.retrieve(created.id);
    return counts?.completed === 1 && counts.failed === 1;
  });
  anthropic.end(ids[1]);
  openai.end(ids[0]);
  const batch = await client.ended(created);
  const results = await client.results(batch.output_file_id);
  const said = Object.fromEntries(
    [...results].map(([name, { response }]) => [name, response?.body.choices[0]?.message.content]),
  );
  expect(said).toEqual({
    g1: "re: Hello g1",
    g2: "re: Hello g2",
    c1: "re: Hello c1",
    c2: "re: Hello c2",
    s1: "run by Sahab",
  });
  const errors = await client.results(batch.error_file_id);
  expect(errors.get("missing")?.response?.status_code).toBe(404);
  const costs = (await recordsOf(batch))
    .filter(({ outcome }) => outcome === "ok")
    .map(({ model, cost }) => [model, cost]);
  expect(new Set(costs.filter(([model]) => model !== "solo").map(([, cost]) => cost))).toEqual(new Set([700_000n]));
});

test("a line that no batch of the vendor can have is run alone, and its error is its own", async () => {
  const { batch, given } = await runAt(anthropic, [
    chatLine("good", "claude", { max_tokens: 50 }),
    chatLine("twice", "claude", { max_tokens: 50, n: 2 }),
    chatLine("also", "claude", { max_tokens: 50 }),
  ]);
  expect(given).toHaveLength(2);
  expect(batch.request_counts).toEqual({ total: 3, completed: 2, failed: 1 });
  const errors = await client.results(batch.error_file_id);
  expect(errors.get("twice")?.response).toMatchObject({ status_code: 400, body: { error: { param: "n" } } });
});

test("a batch that is larger than the vendor's goes there in parts", async () => {
  const known = openai.ids().length;
  const created = await client.create(Array.from({ length: 5_003 }, (_, index) => chatLine(`r${index}`, "many")));
  await eventually("both parts", () => openai.ids().length === known + 2);
  const [one = "", other = ""] = openai.ids().slice(known);
  expect([one, other].map((id) => openai.lines(id).length)).toEqual([5_000, 3]);
  openai.end(other);
  await eventually("the small part", async () => (await recordsOf(created)).length === 3);
  openai.end(one);
  const batch = await client.ended(created);
  expect(batch.request_counts).toEqual({ total: 5_003, completed: 5_003, failed: 0 });
  expect((await client.results(batch.output_file_id)).get("r5002")?.response?.body.choices[0]?.message.content).toBe(
    "re: Hello r5002",
  );
});

test("lines for which the vendor had no time are run by Sahab while the client's window is open", async () => {
  openai.failNext("POST /v1/chat/completions", { status: 503 }, { status: 503 });
  const { batch } = await runAt(
    openai,
    names(2).map((name) => chatLine(name, "two")),
    { status: "expired", served: 1 },
  );
  expect(batch).toMatchObject({ status: "completed", request_counts: { total: 2, completed: 2, failed: 0 } });
  const results = await client.results(batch.output_file_id);
  expect(results.get("r1")?.response?.body.choices[0]?.message.content).toBe("run by Sahab");
  expect((await recordsOf(batch)).map(({ cost }) => cost)).toContain(700_000n);
});

test("while a vendor runs it a batch shows how far it is there", async () => {
  const next = nextAt(openai);
  const created = await client.create(names(4).map((name) => chatLine(name, "gpt")));
  const vendorId = await next;
  Object.assign(openai.shown(vendorId) ?? {}, { request_counts: { total: 4, completed: 2, failed: 1 } });
  await eventually("its counts", async () => {
    const { request_counts: counts } = await client.openai.batches.retrieve(created.id);
    return counts?.completed === 2 && counts.failed === 1;
  });
  openai.end(vendorId);
  expect((await client.ended(created)).request_counts).toEqual({ total: 4, completed: 4, failed: 0 });
});

test("lines of a batch that the vendor has lost fail, and say so", async () => {
  const next = nextAt(openai);
  const created = await client.create(names(2).map((name) => chatLine(name, "gpt")));
  const path = `GET /v1/batches/${await next}`;
  openai.failNext(path, ...Array.from({ length: 8 }, () => ({ status: 404 })));
  const batch = await client.ended(created);
  expect(batch.request_counts).toEqual({ total: 2, completed: 0, failed: 2 });
  expect((await client.results(batch.error_file_id)).get("r1")?.error?.code).toBe("batch_lost");
});

test("a provider can be told to leave batches to Sahab, at the full price", async () => {
  const calls = plain.calls.length;
  const batch = await client.ended(await client.create([chatLine("one", "switched")]));
  expect(batch.request_counts).toEqual({ total: 1, completed: 1, failed: 0 });
  expect(plain.calls.slice(calls).map(({ path }) => path)).toEqual(["/v1/chat/completions"]);
});

test("a project with a budget has its lines run by Sahab, which reserves each", async () => {
  withoutPaths.splice(0);
  const bounded = batchClient(gateway.address, await gateway.createKey("bounded"));
  const lines = names(2).map((name) => chatLine(name, "without", { max_tokens: 20_000 }));
  const batch = await bounded.ended(await bounded.create(lines));
  expect(withoutPaths).not.toContain("/v1/files");
  expect(batch.request_counts).toEqual({ total: 2, completed: 2, failed: 0 });
});

test("a window that is shorter than the vendor's is for Sahab to keep", async () => {
  withoutPaths.splice(0);
  const batch = await client.ended(await client.create([chatLine("one", "without")], "1h"));
  expect(batch.request_counts).toEqual({ total: 1, completed: 1, failed: 0 });
  expect(withoutPaths).toEqual(["/v1/chat/completions"]);
});

test("where the vendor turns out to have no batches, Sahab runs the lines", async () => {
  const batch = await client.ended(await client.create(names(2).map((name) => chatLine(name, "without"))));
  expect(batch.request_counts).toEqual({ total: 2, completed: 2, failed: 0 });
  expect(withoutPaths).toContain("/v1/files");
  const results = await client.results(batch.output_file_id);
  expect(results.get("r0")?.response?.body.choices[0]?.message.content).toBe("re: Hello r0");
  // A single call has the full price.
  expect((await recordsOf(batch)).map(({ cost }) => cost)).toEqual([1_400_000n, 1_400_000n]);
});

test("a batch that the vendor refuses as a whole fails line by line, with its reason", async () => {
  const batch = await client.ended(await client.create(names(2).map((name) => chatLine(name, "unknown"))));
  expect(batch.request_counts).toEqual({ total: 2, completed: 0, failed: 2 });
  const errors = await client.results(batch.error_file_id);
  expect(errors.get("r1")).toMatchObject({ response: null, error: { code: "model_not_found" } });
  expect((await recordsOf(batch)).map(({ cost }) => cost)).toEqual([0n, 0n]);
});

test.each([
  ["an answer that is lost", { status: 500, isDone: true }],
  ["a vendor that is full for a while", { status: 429, body: { error: { message: "slow down", code: "rate_limit" } } }],
] as const)("one batch is paid after %s", async (_name, failure) => {
  const before = openai.ids().length;
  openai.failNext("POST /v1/batches", failure);
  await runAt(openai, [chatLine("one", "gpt")]);
  expect(openai.ids()).toHaveLength(before + 1);
});

test("a batch that is cancelled is cancelled at the vendor, and what was served is read and billed", async () => {
  const next = nextAt(openai);
  const created = await client.create(names(3).map((name) => chatLine(name, "gpt")));
  const vendorId = await next;
  expect((await client.openai.batches.cancel(created.id)).status).toBe("cancelling");
  await eventually("the cancellation there", () =>
    openai.calls.some(({ path }) => path === `/v1/batches/${vendorId}/cancel`),
  );
  openai.end(vendorId, { status: "cancelled", served: 1 });
  const batch = await client.ended(created);
  expect(batch).toMatchObject({ status: "cancelled", request_counts: { total: 3, completed: 1, failed: 0 } });
  expect([...(await client.results(batch.output_file_id)).keys()]).toEqual(["r0"]);
  const errors = await client.results(batch.error_file_id);
  expect([...errors].map(([name, { error }]) => [name, error?.code])).toEqual([
    ["r1", "batch_cancelled"],
    ["r2", "batch_cancelled"],
  ]);
  expect((await recordsOf(batch)).map(({ cost }) => cost)).toEqual([700_000n]);
});

test("a batch whose key is revoked is cancelled at the vendor, and says why", async () => {
  const key = await gateway.createKey("default");
  const other = batchClient(gateway.address, key);
  const next = nextAt(openai);
  const created = await other.create(names(2).map((name) => chatLine(name, "gpt")));
  const vendorId = await next;
  await gateway.revokeKey(key);
  await eventually("the cancellation there", () =>
    openai.calls.some(({ path }) => path === `/v1/batches/${vendorId}/cancel`),
  );
  openai.end(vendorId, { status: "cancelled", served: 1 });
  const batch = await client.ended(created);
  expect(batch).toMatchObject({ status: "failed", errors: { data: [{ code: "revoked_api_key" }] } });
  expect((await recordsOf(batch)).map(({ cost }) => cost)).toEqual([700_000n]);
});

test("at the end of the window the vendor is asked to stop", async () => {
  const next = nextAt(openai);
  const created = await client.create(names(2).map((name) => chatLine(name, "gpt")));
  const vendorId = await next;
  offsetMs = 86_400_000;
  await eventually("the cancellation there", () =>
    openai.calls.some(({ path }) => path === `/v1/batches/${vendorId}/cancel`),
  );
  openai.end(vendorId, { status: "cancelled", served: 1 });
  const batch = await client.ended(created);
  expect(batch).toMatchObject({ status: "expired", request_counts: { total: 2, completed: 1, failed: 0 } });
  expect((await client.results(batch.error_file_id)).get("r1")?.error?.code).toBe("batch_expired");
});

test("models that a key may not call do not reach a vendor", async () => {
  const picky = batchClient(gateway.address, await gateway.createKey("picky"));
  const before = anthropic.ids().length;
  const batch = await picky.ended(await picky.create([chatLine("one", "claude", { max_tokens: 50 })]));
  const [error] = (await picky.results(batch.error_file_id)).values();
  expect(error?.response?.status_code).toBe(403);
  expect(anthropic.ids()).toHaveLength(before);
});
