import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chatChunk, doneEvent, startFakeVendor, streamOf, wholeChat, type FakeVendor } from "../testing/fake-vendor.ts";
import { runSahab, type AdminRecord, type TestSahab } from "../testing/run-sahab.ts";

// Prices from cloud.yaml and the catalogue to the answer, the record and the report. The vendor counts 100 tokens of
// input, 40 of them cached, and 20 of output unless a script says otherwise.

let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;

const ticks = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120, cost_in_usd_ticks: 2_000_000 };
/** Counts what it has read, and breaks before any text. */
const brokenAfterCounting = streamOf([
  `data: ${JSON.stringify({ error: { message: "busy", code: 503 }, usage: { prompt_tokens: 1_000, completion_tokens: 0, total_tokens: 1_000 } })}\n\n`,
]);
const streamed = streamOf([
  chatChunk({ role: "assistant", content: "" }),
  chatChunk({ content: "Hi" }),
  chatChunk({}, {}, "stop"),
  chatChunk(null, { usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 } }),
  doneEvent,
]);

const plain = { currency: "USD", input: 1, cached_input: "0.5", output: 2 };

const config = (url: string, more: object[] = []) => ({
  providers: [
    { name: "one", vendor: "compatible", base_url: url },
    { name: "two", vendor: "compatible", base_url: url },
    { name: "openai", vendor: "openai", base_url: url },
  ],
  models: [
    { name: "plain", targets: [{ provider: "one", model: "plain" }], price: plain },
    { name: "marked-up", targets: [{ provider: "one", model: "plain" }], price: plain, charge: { factor: 1.2 } },
    {
      name: "charged-in-yuan",
      targets: [{ provider: "one", model: "plain" }],
      price: plain,
      charge: { currency: "CNY", input: 10, output: 20 },
    },
    {
      name: "failover",
      targets: [
        { provider: "one", model: "breaks", priority: 1, price: { currency: "USD", input: 5, output: 5 } },
        { provider: "two", model: "streams", priority: 2, price: { currency: "CNY", input: 2, output: 8 } },
      ],
    },
    { name: "ticks", targets: [{ provider: "one", model: "ticks" }], price: plain },
    { name: "unpriced", targets: [{ provider: "one", model: "plain" }] },
    {
      name: "half-priced",
      targets: [
        { provider: "one", model: "plain" },
        { provider: "two", model: "plain", price: plain },
      ],
    },
    { name: "catalogued", targets: [{ provider: "openai", model: "gpt-5" }] },
    {
      name: "tiered",
      targets: [{ provider: "one", model: "tiered" }],
      price: { ...plain, cached_input: 1, service_tiers: { flex: { factor: 0.5 }, priority: { input: 2, output: 4 } } },
    },
    ...more,
  ],
  projects: [{ name: "default" }],
});

beforeAll(async () => {
  vendor = startFakeVendor({
    plain: wholeChat(),
    breaks: brokenAfterCounting,
    streams: streamed,
    ticks: wholeChat("Hi", { usage: ticks }),
    "gpt-5": wholeChat(),
    tiered: (call) =>
      wholeChat("Hi", { service_tier: call.body["user"] === "silent" ? undefined : call.body["user"] })(call),
  });
  sahab = await runSahab({ config: config(vendor.url) });
  ({ key } = await sahab.createKey());
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

interface Answer {
  usage: { cost: string; cost_currency: string };
  error: { code: string };
}

async function ask(model: string, more: object = {}) {
  const body = { model, messages: [{ role: "user", content: "Hi" }], ...more };
  const response = await sahab.call("/v1/chat/completions", body, { key });
  const text = await response.text();
  const id = response.headers.get("x-request-id") ?? "";
  return { status: response.status, text, headers: response.headers, id };
}

async function priced(model: string, more: object = {}): Promise<{ usage: Answer["usage"]; record: AdminRecord }> {
  const { text, id } = await ask(model, more);
  const { usage } = JSON.parse(text) as Answer;
  return { usage, record: await sahab.record(id) };
}

const usageBy = async (group: string, query = "") =>
  (await sahab.adminJson<{ rows: Record<string, unknown>[] }>(`/usage?group_by=${group}${query}`)).rows;

describe("what is charged, and what a provider costs", () => {
  test("are the same unless told", async () => {
    const { usage, record } = await priced("plain");
    // 60 × 1 + 40 × 0.5 + 20 × 2 millionths.
    expect(usage).toMatchObject({ cost: "0.00012", cost_currency: "USD" });
    expect(record).toMatchObject({
      cost: "0.00012",
      provider_cost: "0.00012",
      provider_currency: "USD",
      vendor_cost: null,
    });
  });

  test("a factor", async () => {
    const { usage, record } = await priced("marked-up");
    expect(usage).toMatchObject({ cost: "0.000144", cost_currency: "USD" });
    expect(record).toMatchObject({
      cost: "0.000144",
      currency: "USD",
      provider_cost: "0.00012",
      provider_currency: "USD",
    });
    expect(record.attempt_list).toMatchObject([{ cost: "0.000144", currency: "USD", provider_cost: "0.00012" }]);
  });

  test("a price of its own, in another currency", async () => {
    const { usage, record } = await priced("charged-in-yuan");
    // 100 × 10 + 20 × 20 millionths.
    expect(usage).toMatchObject({ cost: "0.0014", cost_currency: "CNY" });
    expect(record).toMatchObject({
      cost: "0.0014",
      currency: "CNY",
      provider_cost: "0.00012",
      provider_currency: "USD",
    });
    const rows = (await usageBy("model")).filter(({ group }) => group === "charged-in-yuan");
    expect(rows).toMatchObject([
      { currency: "CNY", requests: 1, cost: "0.0014", provider_cost: "0" },
      { currency: "USD", requests: 0, input_tokens: 0, cost: "0", provider_cost: "0.00012" },
    ]);
  });
});

test("attempts priced in several currencies: each is counted in its own", async () => {
  const { text, id } = await ask("failover", { stream: true, stream_options: { include_usage: true } });
  // 100 × 2 + 20 × 8 millionths of the second attempt.
  expect(text).toContain('"cost":"0.00036","cost_currency":"CNY"');
  const record = await sahab.record(id);
  expect(record).toMatchObject({ attempts: 3, cost: "0.00036", currency: "CNY", has_other_currencies: true });
  expect(record.attempt_list).toMatchObject([
    { provider: "one", cost: "0.005", currency: "USD" },
    { provider: "one", cost: "0.005", currency: "USD" },
    { provider: "two", cost: "0.00036", currency: "CNY" },
  ]);
  const amounts = async (group: string, names: readonly string[]) =>
    (await usageBy(group))
      .filter(({ group: name, currency }) => names.includes(String(name)) && (group === "model" || currency === "CNY"))
      .map((row) => [row["group"], row["currency"], row["requests"], row["cost"]]);
  expect(await amounts("model", ["failover"])).toEqual([
    ["failover", "CNY", 1, "0.00036"],
    ["failover", "USD", 0, "0.01"],
  ]);
  expect(await amounts("provider", ["two"])).toEqual([["two", "CNY", 1, "0.00036"]]);
  // The balance of a project in the other currency has it, too.
  const rows = await usageBy("model", "&currency=USD");
  expect(rows.find(({ group }) => group === "failover")).toMatchObject({ cost: "0.01" });
});

test("what a vendor states as its bill is kept beside ours, reported and counted", async () => {
  const { usage, record } = await priced("ticks");
  // 100 × 1 + 20 × 2 millionths; the vendor says 2,000,000 ticks of 10⁻¹⁰ USD.
  expect(usage.cost).toBe("0.00014");
  expect(record).toMatchObject({ cost: "0.00014", vendor_cost: "0.0002", compared_cost: "0.00014" });
  const row = (await usageBy("model")).find(({ group }) => group === "ticks");
  expect(row).toMatchObject({ cost: "0.00014", vendor_cost: "0.0002", vendor_difference: "0.00006" });
  const other = (await usageBy("model")).find(({ group }) => group === "plain");
  expect(other).toMatchObject({ vendor_cost: null, vendor_difference: null });
  const shown = await sahab.command(["usage", "--compare"]);
  expect(shown.stdout).toMatch(/MODEL +REQUESTS +CHARGED +PROVIDER COST +VENDOR STATES +DIFFERENCE/);
  expect(shown.stdout).toMatch(/ticks +1 +0\.00014 USD +0\.00014 USD +0\.0002 USD +0\.00006 USD/);
  expect(shown.stdout).toMatch(/plain +1 +0\.00012 USD +0\.00012 USD +- +-/);
  const metrics = await (await fetch(`${sahab.address}/metrics`)).text();
  expect(metrics).toMatch(/sahab_vendor_stated_cost_total\{[^}]*model="ticks"[^}]*currency="USD"\} 0\.0002\n/);
  expect(metrics).toMatch(/sahab_vendor_reckoned_cost_total\{[^}]*model="ticks"[^}]*currency="USD"\} 0\.00014\n/);
});

describe("a model without a price", () => {
  test("is refused in the client's dialect, and never reaches the vendor", async () => {
    const before = vendor.calls.length;
    const openai = await ask("unpriced");
    expect([openai.status, (JSON.parse(openai.text) as Answer).error]).toMatchObject([
      403,
      { code: "model_not_priced", type: "permission_error", param: "model" },
    ]);
    const call = (path: string, body: object) => sahab.call(path, body, { key });
    const messages = await call("/v1/messages", {
      model: "unpriced",
      max_tokens: 5,
      messages: [{ role: "user", content: "Hi" }],
    });
    expect([messages.status, await messages.json()]).toMatchObject([
      403,
      { type: "error", error: { type: "permission_error" } },
    ]);
    const gemini = await call("/v1beta/models/unpriced:generateContent", { contents: [{ parts: [{ text: "Hi" }] }] });
    expect([gemini.status, await gemini.json()]).toMatchObject([
      403,
      { error: { code: 403, status: "PERMISSION_DENIED" } },
    ]);
    const native = await call("/api/v1/services/aigc/text-generation/generation", {
      model: "unpriced",
      input: { prompt: "Hi" },
    });
    expect([native.status, await native.json()]).toMatchObject([403, { code: expect.stringMatching(/Denied/) }]);
    expect(vendor.calls.length).toBe(before);
  });

  test("is called where its price is known, and told at apply", async () => {
    const { record } = await priced("half-priced");
    expect(record).toMatchObject({ provider: "two", cost: "0.00012" });
    const { warnings } = await sahab.apply(config(vendor.url), true);
    expect(warnings.filter((warning) => warning.includes("no known price"))).toEqual([
      expect.stringContaining("model unpriced has no known price at one, so it is not called there"),
      expect.stringContaining("model half-priced has no known price at one, so"),
    ]);
  });

  test("has the catalogue's where that knows it", async () => {
    // gpt-5: 60 × 1.25 + 40 × 0.125 + 20 × 10 millionths.
    const { record } = await priced("catalogued");
    expect(record).toMatchObject({ provider: "openai", cost: "0.00028", currency: "USD" });
    const { models } = await sahab.adminJson<{ models: { name: string; prices: object[] }[] }>("/models");
    expect(models.find(({ name }) => name === "catalogued")?.prices).toMatchObject([{ currency: "USD", input: 1.25 }]);
    expect(models.find(({ name }) => name === "unpriced")?.prices).toEqual([]);
  });
});

describe("service tiers", () => {
  const sent = () => vendor.callsFor("tiered").at(-1)?.body["service_tier"];
  const dropped = (headers: Headers) => headers.get("x-sahab-dropped");

  test.each([
    // 100 × 1 + 20 × 2, of which a half; 100 × 2 + 20 × 4.
    ["flex", "flex", "0.00007"],
    ["priority", "priority", "0.00028"],
    ["a tier that was asked for and served as the usual one", "default", "0.00014"],
  ])("that are priced pass, and the one that served is billed: %s", async (_name, served, cost) => {
    const asked = served === "default" ? "priority" : served;
    const { usage } = await priced("tiered", { service_tier: asked, user: served });
    expect([sent(), usage.cost]).toEqual([asked, cost]);
  });

  test("a tier that the answer does not name is billed as it was asked for", async () => {
    const { usage } = await priced("tiered", { service_tier: "priority", user: "silent" });
    expect([sent(), usage.cost]).toEqual(["priority", "0.00028"]);
  });

  test("others are dropped and named", async () => {
    const odd = await ask("tiered", { service_tier: "scale" });
    expect([odd.status, dropped(odd.headers), sent()]).toEqual([200, "service_tier", undefined]);
    const usual = await ask("tiered", { service_tier: "auto" });
    expect([dropped(usual.headers), sent()]).toEqual([null, "auto"]);
    const unpriced = await ask("plain", { service_tier: "flex" });
    expect(dropped(unpriced.headers)).toBe("service_tier");
  });
});

test("past records keep what they cost when the price book changes", async () => {
  const old = (price: object) => [{ name: "aged", targets: [{ provider: "one", model: "plain" }], price }];
  await sahab.apply(config(vendor.url, old({ ...plain, valid_from: "2020-01-01" })));
  const { record: before } = await priced("aged");
  const dearer = { ...plain, input: 100, cached_input: 100, output: 200 };
  await sahab.apply(
    config(
      vendor.url,
      old([
        { ...plain, valid_from: "2020-01-01" },
        { ...dearer, valid_from: "2021-01-01" },
      ]),
    ),
  );
  const { usage, record: after } = await priced("aged");
  expect([before.cost, usage.cost]).toEqual(["0.00012", "0.014"]);
  await sahab.restart();
  expect(await sahab.record(before.id)).toEqual(before);
  expect(await sahab.record(after.id)).toMatchObject({ cost: "0.014" });
  const row = (await usageBy("model")).find(({ group }) => group === "aged");
  expect(row).toMatchObject({ requests: 2, cost: "0.01412", provider_cost: "0.01412" });
  // Nor when the model is gone.
  await sahab.apply(config(vendor.url));
  expect((await usageBy("model")).find(({ group }) => group === "aged")).toEqual(row);
  expect(await sahab.record(before.id)).toEqual(before);
});
