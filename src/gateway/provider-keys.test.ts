import { afterAll, beforeAll, expect, test } from "bun:test";
import OpenAI from "openai";
import { errorAnswer, startFakeVendor, wholeChat, type VendorCall } from "../testing/fake-vendor.ts";
import { runSahab, type AdminRecord, type TestSahab } from "../testing/run-sahab.ts";

// A provider with several keys: which is asked, what one that fails means for the others, and what is told of it.

const keys = [1, 2, 3].map((place) => `sk-of-the-team-number-${place}-abcdef`);
const keyOf = (call: VendorCall) => keys.indexOf((call.headers.get("authorization") ?? "").slice("Bearer ".length)) + 1;
/** How keys fail, by their places. */
let failing: Record<number, number> = {};
const answer = (call: VendorCall) => {
  const status = failing[keyOf(call)];
  return status === undefined
    ? wholeChat("fine")(call)
    : errorAnswer(status, { message: `no, ${keys[keyOf(call) - 1]}` });
};
const models = Array.from({ length: 12 }, (_, index) => `m${index}`);
const vendor = startFakeVendor(Object.fromEntries([...models, "spare"].map((model) => [model, answer])));
const price = { currency: "USD", input: 1, output: 2 };
const base_url = vendor.url;
const target = (provider: string, model: string, priority: number) => ({ provider, model, priority });
const config = (apiKeys: string[] = keys) => ({
  providers: [
    { name: "many", vendor: "openai", base_url, api_keys: apiKeys },
    { name: "spare", vendor: "openai", base_url, api_key: "sk-spare-spare-spare" },
  ],
  models: models.map((name) => ({ name, targets: [target("many", name, 1), target("spare", "spare", 2)], price })),
  projects: [{ name: "default" }, { name: "other" }],
});

let sahab: TestSahab;
beforeAll(async () => {
  sahab = await runSahab({ config: config() });
});
afterAll(async () => {
  await sahab?.close();
  await vendor.stop();
});

const long = (text: string) => [
  { role: "system" as const, content: `${text} ${"x".repeat(2_000)}` },
  { role: "user" as const, content: "Hi" },
];
const client = () => new OpenAI({ baseURL: `${sahab.address}/v1`, apiKey: sahab.adminKey, maxRetries: 0 });

/** Places of the keys that a request asked, in order. */
async function placesOf(model: string, messages = long("a"), more: object[] = []): Promise<number[]> {
  const before = vendor.calls.length;
  await client().chat.completions.create({ model, messages: [...messages, ...more] as typeof messages });
  return vendor.calls.slice(before).map(keyOf);
}

test("what begins alike goes to one key, and all keys have a share", async () => {
  failing = {};
  const [first] = await placesOf("m0");
  for (let turn = 0; turn < 4; turn++)
    expect(await placesOf("m0", long("a"), [{ role: "user", content: `turn ${turn}` }])).toEqual([first ?? 0]);
  const used = new Set<number>();
  for (let index = 0; index < 40; index++)
    for (const place of await placesOf("m0", long(`prompt ${index}`))) used.add(place);
  expect(used).toEqual(new Set([1, 2, 3]));
});

for (const [status, model] of [
  [429, "m1"],
  [401, "m2"],
] as const)
  test(`a key that is answered ${status} rests alone, and the next is asked at once`, async () => {
    failing = {};
    const [preferred = 0] = await placesOf(model);
    failing = { [preferred]: status };
    const [failed, next = 0, ...others] = await placesOf(model);
    expect([failed, others]).toEqual([preferred, []]);
    expect(next).not.toBe(preferred);
    // Another target would have been asked again after half a second first. By Sahab's own clock, which a busy test does not hold up.
    const { requests } = await sahab.adminJson<{ requests: AdminRecord[] }>("/requests?limit=1");
    const [first, second] = requests[0]?.attempt_list ?? [];
    expect((second?.started_ms ?? Infinity) - ((first?.started_ms ?? 0) + (first?.duration_ms ?? 0))).toBeLessThan(450);
    // While it rests it is not asked, and the same other one serves.
    for (let index = 0; index < 3; index++) expect(await placesOf(model)).toEqual([next]);
  });

test("records tell the key by its place, and nothing tells the key", async () => {
  failing = {};
  const [preferred = 0] = await placesOf("m3");
  failing = { [preferred]: 401 };
  const answered = await client()
    .chat.completions.create({ model: "m3", messages: long("a") })
    .withResponse();
  const record = await sahab.record(answered.response.headers.get("x-request-id"));
  expect(record.provider).toBe("many");
  expect(record.attempt_list.map(({ provider_key }) => provider_key)[0]).toBe(preferred);
  expect(record.attempt_list[1]?.provider_key).toBeOneOf([1, 2, 3].filter((place) => place !== preferred));
  expect(answered.response.headers.get("x-sahab-provider")).toBe("many");
  await sahab.logged(`"key":${preferred}`);
  for (const key of keys) {
    expect(sahab.logs()).not.toContain(key);
    expect(JSON.stringify(await sahab.adminJson("/config"))).not.toContain(key);
  }
});

test("when all keys fail another provider is asked, and a vendor's own trouble is no key's", async () => {
  failing = { 1: 429, 2: 429, 3: 429 };
  const places = await placesOf("m4");
  expect(new Set(places.slice(0, 3))).toEqual(new Set([1, 2, 3]));
  // The last one is asked once more, as the only target would be.
  expect(places.at(-1)).toBe(0);
  failing = { 1: 500, 2: 500, 3: 500 };
  const asked = await placesOf("m6");
  expect(asked.at(-1)).toBe(0);
  expect(new Set(asked.slice(0, -1)).size).toBe(1);
});

test("what the client hears where no key is taken", async () => {
  await sahab.apply({ ...config(), models: [{ name: "m7", targets: [target("many", "m7", 1)], price }] });
  failing = { 1: 429, 2: 429, 3: 429 };
  const limited = await sahab.call("/v1/chat/completions", { model: "m7", messages: long("a") });
  expect(limited.status).toBe(429);
  failing = { 1: 401, 2: 401, 3: 401 };
  const refused = await sahab.call("/v1/messages", {
    model: "m7",
    max_tokens: 9,
    messages: [{ role: "user", content: "Hi" }],
  });
  expect(refused.status).toBe(502);
  const text = await refused.text();
  expect(text).toContain('"type":"error"');
  for (const key of keys) expect(text).not.toContain(key);
  await sahab.apply(config());
});

test("a share of the load is the provider's, however many keys it has", async () => {
  failing = {};
  const targets = [target("many", "m8", 1), target("spare", "spare", 1)];
  await sahab.apply({ ...config(), models: [{ name: "m8", targets, price }] });
  const counts = { many: 0, spare: 0 };
  for (let index = 0; index < 200; index++)
    for (const place of await placesOf("m8", long(`p${index}`))) counts[place === 0 ? "spare" : "many"]++;
  // 100 on average, with a standard deviation of 7; three keys with a weight each would get 150.
  expect(counts.many).toBeWithin(60, 135);
  await sahab.apply(config());
});

test("keys are kept by a document without them, taken away by null, and shown where they are references", async () => {
  failing = {};
  const [{ api_keys: _, ...plain } = { name: "" }, spare] = config().providers;
  expect(await sahab.apply({ ...config(), providers: [plain, spare] })).toMatchObject({ changes: [] });
  expect(keys).toContain(keys[(await placesOf("m9"))[0] ?? 0 - 1] ?? keys[0] ?? "");
  const one = await sahab.apply({ ...config(), providers: [{ ...plain, api_key: keys[1] }, spare] });
  expect(one.changes).toEqual([
    {
      action: "update",
      kind: "provider",
      name: "many",
      fields: ["api_key", "api_keys"],
      values: [
        { path: "api_key", secret: true },
        { path: "api_keys", secret: true },
      ],
    },
  ]);
  expect(await placesOf("m9")).toEqual([2]);
  await sahab.apply({ ...config(), providers: [{ ...plain, api_keys: null }, spare] });
  expect(await placesOf("m9")).toEqual([0]);
  const moved = sahab.apply({ ...config(), providers: [{ ...plain, base_url: "https://elsewhere.example" }, spare] });
  await moved;
  await sahab.apply(config());
  const stranger = sahab.apply({
    ...config(),
    providers: [{ ...plain, base_url: "https://elsewhere.example" }, spare],
  });
  expect(String(await stranger.catch((error: unknown) => error))).toContain("where its stored secrets would go");
});
