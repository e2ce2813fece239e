import { afterEach, describe, expect, test } from "bun:test";
import type { DeclaredTerms } from "../base/declared-terms.ts";
import { buildSnapshot, parseCloudConfig, type Snapshot } from "../config/index.ts";
import { dialects } from "../dialect/registry.ts";
import type { ProjectAccounts } from "../ledger/index.ts";
import { parseAccountTerms } from "../ledger/account/terms.ts";
import { parseRates, type DeclaredRate } from "../ledger/price/rates.ts";
import { eventually } from "../testing/eventually.ts";
import { chatChunk, doneEvent, startFakeVendor, streamOf, wholeChat, type Script } from "../testing/fake-vendor.ts";
import { startGateway, type GatewayInProcess } from "../testing/gateway-in-process.ts";
import { wholeScope } from "../ledger/index.ts";

// Budgets and limits on the request path, against a vendor that counts what it bills.

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
});

/** One nano-unit a token of input, two of output: a price of 0.001 and 0.002 a million; 20 a search, and four times as much for priority. */
const price = {
  currency: "USD",
  input: "0.001",
  output: "0.002",
  fees: { web_search: "0.00000002" },
  service_tiers: { priority: { factor: "4" } },
};

interface Options {
  scripts?: Record<string, Script>;
  project?: DeclaredTerms;
  organisation?: DeclaredTerms;
  currency?: string;
  rates?: DeclaredRate[];
  targets?: string[];
  sessionsMax?: number;
}

async function start(options: Options): Promise<GatewayInProcess & { vendorCost: () => bigint }> {
  let billed = 0n;
  const bill = (input: number, output: number) => {
    billed += BigInt(input + 2 * output);
    return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
  };
  const vendor = startFakeVendor({
    // Uses what its client says, so that a test knows what it costs.
    plain: async (call) => {
      const { pause = 0, uses = 10 } = JSON.parse((call.body["user"] as string | undefined) ?? "{}") as Record<
        string,
        number
      >;
      await Bun.sleep(pause);
      return wholeChat("Hi", { usage: bill(5, uses) })(call);
    },
    ...options.scripts,
  });
  const { targets = ["plain"], currency = "USD" } = options;
  const config = parseCloudConfig({
    providers: targets.map((_, at) => ({ name: `v${at}`, vendor: "compatible", base_url: vendor.url })),
    models: [
      {
        name: "m",
        targets: targets.map((model, at) => ({ provider: `v${at}`, model, priority: at + 1 })),
        price,
      },
      { name: "other", targets: [{ provider: "v0", model: "plain" }], price },
    ],
    projects: [{ name: "team" }],
  });
  const built = buildSnapshot({ dialects, localUpstream: () => expect.unreachable() }, config);
  const of = { currency, time_zone: "UTC" };
  const terms = [
    options.organisation && parseAccountTerms("organisation:acme", { ...options.organisation, ...of }),
    options.project && parseAccountTerms("project:team", { ...options.project, ...of }),
  ];
  const accounts: ProjectAccounts = {
    organisation: options.organisation ? "acme" : "",
    currency,
    timeZone: "UTC",
    output: 100,
    terms: terms.filter((one) => one !== undefined),
  };
  const snapshot: Snapshot = {
    ...built,
    accounts: new Map([["team", accounts]]),
    ...(options.rates && { rates: parseRates(options.rates) }),
  };
  const { sessionsMax } = options;
  const gateway = await startGateway(dialects, snapshot, sessionsMax === undefined ? {} : { sessionsMax });
  cleanups.push(async () => {
    await gateway.close();
    await vendor.stop();
  });
  return { ...gateway, vendorCost: () => billed };
}

async function ask(
  gateway: GatewayInProcess,
  key: string,
  body: object = {},
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await fetch(`${gateway.address}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
    body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "Hi" }], max_tokens: 20, ...body }),
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

const uses = (tokens: number, pause = 0) => ({ user: JSON.stringify({ uses: tokens, pause }) });
const nano = (amount: number) => (amount / 1e9).toFixed(9);

describe("a budget", () => {
  test("is not overspent by many requests at once, and its last part can be spent", async () => {
    const gateway = await start({ project: { budget: { amount: nano(2_000), period: "month" } } });
    const key = await gateway.createKey("team");
    const statuses: number[] = [];
    // A machine that stands still for seconds answers 503, which spends nothing.
    const outcomes = () => new Set(statuses.filter((status) => status !== 503));
    for (let round = 0; round < 4; round++) {
      const answers = await Promise.all(
        Array.from({ length: 60 }, (_, at) => ask(gateway, key, uses(1 + ((at * 7 + round) % 20), at % 5))),
      );
      statuses.push(...answers.map(({ status }) => status));
      expect(gateway.vendorCost()).toBeLessThanOrEqual(2_000n);
    }
    expect(outcomes()).toEqual(new Set([200, 402]));
    // Until less is left than the smallest request may cost.
    for (let max = 20; max > 0; max--) await ask(gateway, key, { max_tokens: max, ...uses(max) });
    expect(gateway.vendorCost()).toBeLessThanOrEqual(2_000n);
    expect(gateway.vendorCost()).toBeGreaterThan(1_980n);
    const records = await gateway.records();
    const [meter] = await gateway.store.readMeters(wholeScope, ["project:team"], Date.now());
    expect(meter?.spent).toBe(gateway.vendorCost());
    expect(records.reduce((sum, { cost }) => sum + cost, 0n)).toBe(gateway.vendorCost());
  });

  test("says what is left and what is needed, and that no retry helps", async () => {
    const gateway = await start({ project: { budget: { amount: nano(50), period: "month" } } });
    const key = await gateway.createKey("team");
    const { status, text } = await ask(gateway, key);
    expect({ status, body: JSON.parse(text) as unknown }).toEqual({
      status: 402,
      body: {
        error: expect.objectContaining({
          code: "budget_exceeded",
          message: expect.stringMatching(
            /^Cannot admit request: project team has 0\.00000005 USD left this month; the request needs up to 0\.0000000\d+ USD/,
          ),
        }),
      },
    });
    await gateway.flushRefusals();
    const [row] = await gateway.store.listKeys(wholeScope);
    expect(await gateway.store.findRefusal(wholeScope, row?.id ?? "")).toMatchObject({ code: "budget_exceeded" });
    expect(gateway.vendorCost()).toBe(0n);
    expect((await gateway.records()).map(({ status, outcome }) => ({ status, outcome }))).toEqual([
      { status: 402, outcome: "budget_exceeded" },
    ]);
  });

  test("of the key, the session and the organisation bind as that of the project does", async () => {
    const budget = (amount: number) => ({ budget: { amount: nano(amount), period: "total" as const } });
    const gateway = await start({ project: budget(1_000), organisation: budget(400) });
    const ofKey = await gateway.createKey("team", budget(150));
    const another = await gateway.createKey("team", { session_budget: nano(120) });
    const spend = async (key: string, headers = {}) => {
      let spent = 0;
      for (; spent < 50; spent++) if ((await ask(gateway, key, uses(20), headers)).status !== 200) break;
      return spent;
    };
    // Each costs 45, and may cost 56.
    expect(await spend(ofKey)).toBe(3);
    expect(await spend(another, { "x-sahab-session": "one" })).toBe(2);
    expect(await spend(another, { "x-sahab-session": "two" })).toBe(2);
    expect((await ask(gateway, another, {}, { "x-sahab-session": "two" })).text).toContain("session two has");
    expect(await spend(another)).toBe(1);
    expect((await ask(gateway, another)).text).toContain("organisation acme has");
  });

  test("counts in its own currency, at the rate of the day; without a rate nothing is asked", async () => {
    const project: DeclaredTerms = { budget: { amount: nano(1_000), period: "day" } };
    const rates = [{ from: "USD", to: "CNY", rate: "7.25", since: "2020-01-01" }];
    const gateway = await start({ project, currency: "CNY", rates });
    const key = await gateway.createKey("team");
    expect((await ask(gateway, key, uses(20))).status).toBe(200);
    const [record] = await gateway.records();
    // 45 nano-dollars are 326.25 nano-yuan.
    expect(record).toMatchObject({ cost: 45n, currency: "USD", accountCost: 326n, accountCurrency: "CNY" });
    const [meter] = await gateway.store.readMeters(wholeScope, ["project:team"], Date.now());
    expect(meter).toMatchObject({ currency: "CNY", spent: 326n });

    const without = await start({ project, currency: "EUR" });
    const refused = await ask(without, await without.createKey("team"));
    expect(refused.status).toBe(403);
    expect(refused.text).toContain("no exchange rate");
    expect(without.vendorCost()).toBe(0n);
  });

  test("pays for failed attempts, too, and stops before one that it cannot pay", async () => {
    const usage = { prompt_tokens: 0, completion_tokens: 20, total_tokens: 20 };
    const broken = streamOf([`data: ${JSON.stringify({ error: { message: "busy", code: 503 }, usage })}\n\n`]);
    const gateway = await start({
      scripts: { broken },
      targets: ["broken", "plain"],
      project: { budget: { amount: nano(90), period: "total" } },
    });
    const key = await gateway.createKey("team");
    const { status } = await ask(gateway, key, { stream: true, ...uses(1) });
    const [record] = await gateway.records();
    expect(record?.attempts[0]?.cost).toBeGreaterThan(0n);
    // The failure of the first target is the one to tell; the second one was not asked any more.
    expect(status).toBe(502);
    expect(record?.attempts.map(({ provider }) => provider)).not.toContain("v1");
    expect(record?.cost).toBeLessThanOrEqual(90n);
  });

  test.each<[string, object]>([
    ["a dearer service tier", { service_tier: "priority" }],
    ["searches of the vendor's", { web_search_options: {} }],
    [
      "a picture by its address",
      {
        messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "https://example.com/a.png" } }] }],
      },
    ],
  ])("has room for %s before it is asked for", async (_, body) => {
    const gateway = await start({ project: { budget: { amount: nano(200), period: "month" } } });
    const key = await gateway.createKey("team");
    expect((await ask(gateway, key, { ...body, ...uses(1) })).status).toBe(402);
    expect(gateway.vendorCost()).toBe(0n);
    expect((await ask(gateway, key, { service_tier: "auto", ...uses(1) })).status).toBe(200);
  });

  test("of zero lets through what is free, and soft ones let through all", async () => {
    const gateway = await start({
      project: { budget: [{ amount: "0", period: "month" }] },
      organisation: { budget: { amount: "0", period: "total", soft: true } },
    });
    const key = await gateway.createKey("team");
    expect((await ask(gateway, key)).status).toBe(402);
    const soft = await start({ project: { budget: { amount: "0", period: "total", soft: true } } });
    expect((await ask(soft, await soft.createKey("team"))).status).toBe(200);
  });
});

test("a key has a bounded number of sessions with budgets at one time", async () => {
  const gateway = await start({ project: { session_budget: nano(1_000) }, sessionsMax: 2 });
  const key = await gateway.createKey("team");
  const statuses = [];
  for (const session of ["one", "two", "three", "one"])
    statuses.push((await ask(gateway, key, uses(1), { "x-sahab-session": session })).status);
  expect(statuses).toEqual([200, 200, 429, 200]);
});

describe("a stream without a bound", () => {
  const words = Array.from({ length: 400 }, (_, at) => `word ${at} `);
  const chunks = [
    chatChunk({ role: "assistant", content: "" }),
    ...words.map((word) => chatChunk({ content: word })),
    chatChunk({}, {}, "stop"),
    doneEvent,
  ];
  const stream = streamOf(chunks, { paceMs: 1 });
  const body = { stream: true, max_tokens: undefined };

  test("that outgrows what was reserved gets more while there is some", async () => {
    const gateway = await start({
      scripts: { stream },
      targets: ["stream"],
      project: { budget: { amount: 1, period: "day" } },
    });
    const { text } = await ask(gateway, await gateway.createKey("team"), body);
    expect(text).toContain("word 399");
    expect(text).toEndWith(doneEvent);
  });

  test("says that the store is away where it cannot be asked for more", async () => {
    const project: DeclaredTerms = { budget: { amount: nano(500), period: "day" } };
    // Longer than a request waits for the store.
    const slow = streamOf(chunks, { paceMs: 15 });
    const gateway = await start({ scripts: { slow }, targets: ["slow"], project });
    const key = await gateway.createKey("team");
    expect((await ask(gateway, key, { model: "other", max_tokens: 120, ...uses(1) })).status).toBe(200);
    gateway.store.renewLeases = () => Promise.reject(new Error("The database does not answer"));
    const { text } = await ask(gateway, key, body);
    expect(text).toContain("word 10 ");
    expect(text).toContain("store_unavailable");
    expect((await gateway.records()).at(-1)).toMatchObject({ outcome: "store_unavailable", estimated: true });
  });

  test("ends with an error where there is no more", async () => {
    const project: DeclaredTerms = { budget: { amount: nano(500), period: "day" } };
    const gateway = await start({ scripts: { stream }, targets: ["stream"], project });
    const { status, text } = await ask(gateway, await gateway.createKey("team"), body);
    expect(status).toBe(200);
    expect(text).toContain("word 10 ");
    expect(text).not.toContain("word 399");
    expect(text).toContain("budget_exceeded");
    expect(text).not.toEndWith(doneEvent);
    const [record] = await gateway.records();
    expect(record).toMatchObject({ outcome: "budget_exceeded", estimated: true });
    expect(record?.cost).toBeGreaterThan(0n);
    expect(record?.cost).toBeLessThanOrEqual(500n);
  });
});

describe("limits", () => {
  test("of requests and tokens a minute, of all models or of one", async () => {
    const gateway = await start({ project: { limits: { rpm: 5, models: { oth: { rpm: 1 }, "other*": { rpm: 2 } } } } });
    const key = await gateway.createKey("team");
    const statuses = [];
    for (const model of ["other", "other", "other", "m", "m", "m", "m"])
      statuses.push((await ask(gateway, key, { model })).status);
    expect(statuses).toEqual([200, 200, 429, 200, 200, 200, 429]);
    const refused = await ask(gateway, key);
    expect(Number(refused.headers.get("retry-after"))).toBeWithin(50, 62);
    expect(refused.text).toMatch(
      /5 requests a minute and has 0 left, and the request needs 1; try again in (5\d|6[01]) seconds"/,
    );
  });

  test("of tokens count what is reserved, until the answer says what it was", async () => {
    const gateway = await start({ project: { limits: { tpm: 200 } } });
    const key = await gateway.createKey("team");
    const slow = ask(gateway, key, { max_tokens: 150, ...uses(3, 200) });
    await Bun.sleep(60);
    expect((await ask(gateway, key, { max_tokens: 100 })).status).toBe(429);
    expect((await slow).status).toBe(200);
    expect((await ask(gateway, key, { max_tokens: 100, ...uses(3) })).status).toBe(200);
  });

  test("of requests at once", async () => {
    const gateway = await start({ project: { limits: { concurrency: 2 } } });
    const key = await gateway.createKey("team");
    const answers = await Promise.all([1, 2, 3].map(() => ask(gateway, key, uses(1, 150))));
    expect(answers.map((answer) => answer.status).toSorted((one, other) => one - other)).toEqual([200, 200, 429]);
    expect((await ask(gateway, key)).status).toBe(200);
  });
});

describe("a refusal and what is left are told in each dialect", () => {
  const asked: [path: string, body: object, budget: unknown, rate: unknown][] = [
    [
      "/v1/chat/completions",
      { model: "m", messages: [{ role: "user", content: "Hi" }], max_tokens: 20 },
      { error: { type: "insufficient_quota", code: "budget_exceeded" } },
      { error: { type: "rate_limit_error", code: "rate_limit_exceeded" } },
    ],
    [
      "/v1/responses",
      { model: "m", input: "Hi", max_output_tokens: 20 },
      { error: { type: "insufficient_quota", code: "budget_exceeded" } },
      { error: { type: "rate_limit_error", code: "rate_limit_exceeded" } },
    ],
    [
      "/v1/messages",
      { model: "m", messages: [{ role: "user", content: "Hi" }], max_tokens: 20 },
      { type: "error", error: { type: "billing_error", code: "budget_exceeded" } },
      { type: "error", error: { type: "rate_limit_error", code: "rate_limit_exceeded" } },
    ],
    [
      "/v1beta/models/m:generateContent",
      { contents: [{ parts: [{ text: "Hi" }] }], generationConfig: { maxOutputTokens: 20 } },
      { error: { code: 402, status: "RESOURCE_EXHAUSTED" } },
      { error: { code: 429, status: "RESOURCE_EXHAUSTED" } },
    ],
    [
      "/api/v1/services/aigc/text-generation/generation",
      { model: "m", input: { messages: [{ role: "user", content: "Hi" }] }, parameters: { max_tokens: 20 } },
      { code: "Arrearage", sahab_code: "budget_exceeded" },
      { code: "Throttling.RateQuota", sahab_code: "rate_limit_exceeded" },
    ],
  ];

  for (const [path, body, budget, rate] of asked)
    test(path, async () => {
      const gateway = await start({ project: { limits: { rpm: 1, tpm: 1_000 } } });
      const send = (key: string) =>
        fetch(`${gateway.address}${path}`, {
          method: "POST",
          headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
          body: JSON.stringify(body),
        });
      const poor = await send(await gateway.createKey("team", { budget: { amount: "0", period: "day" } }));
      expect(poor.status).toBe(402);
      expect(poor.headers.get("x-should-retry")).toBe("false");
      expect(await poor.json()).toMatchObject(budget as object);
      const key = await gateway.createKey("team");
      const served = await send(key);
      expect(served.status).toBe(200);
      expect(served.headers.get("x-ratelimit-limit-requests")).toBe("1");
      expect(served.headers.get("x-ratelimit-remaining-requests")).toBe("0");
      expect(served.headers.get("x-ratelimit-reset-requests")).toMatch(/^(1m\ds|[56]\ds)$/);
      expect(Number(served.headers.get("x-ratelimit-remaining-tokens"))).toBeWithin(900, 1_000);
      if (path === "/v1/messages") expect(served.headers.get("anthropic-ratelimit-tokens-limit")).toBe("1000");
      const fast = await send(key);
      expect(fast.status).toBe(429);
      expect(fast.headers.get("retry-after")).toMatch(/^\d+$/);
      expect(await fast.json()).toMatchObject(rate as object);
    });
});

test("what requests hold is free again, however they end", async () => {
  const gateway = await start({ project: { budget: { amount: nano(100), period: "total" } } });
  const key = await gateway.createKey("team");
  // 84 may be needed of each at most, so one that held something for good would be seen.
  const most = { max_tokens: 38 };
  expect((await ask(gateway, key, { ...most, ...uses(0) })).status).toBe(200);
  const leaving = new AbortController();
  const left = fetch(`${gateway.address}/v1/chat/completions`, {
    method: "POST",
    signal: leaving.signal,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "Hi" }], ...most, ...uses(0, 5_000) }),
  }).catch(() => "left");
  await eventually("the request to be admitted", () => gateway.inFlight.size === 1);
  leaving.abort();
  expect(await left).toBe("left");
  await eventually("its end", () => gateway.inFlight.size === 0);
  expect((await ask(gateway, key, { max_tokens: 20 })).status).toBe(200);
});
