import { afterAll, beforeAll, expect, test } from "bun:test";
import OpenAI from "openai";
import { eventually } from "../testing/eventually.ts";
import { messagesWhole } from "../testing/fake-anthropic.ts";
import { errorAnswer, startFakeVendor, vendorUsage, wholeChat, type FakeVendor } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// xAI's deferred completions, as its documentation has clients ask for them and fetch them, at any vendor.

let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;
/** Ends the wait of the vendor's answer. */
let finish = () => {};

beforeAll(async () => {
  vendor = startFakeVendor({
    "grok-4.3": wholeChat("42", { usage: { ...vendorUsage, cost_in_usd_ticks: 12_345_678 } }),
    waits: (call) => new Promise((resolve) => (finish = () => resolve(wholeChat("late")(call)))),
    refuses: () => errorAnswer(400, { message: "too odd", code: "strange" }),
    breaks: () => errorAnswer(401, { message: "no" }),
    claude: messagesWhole("42"),
  });
  const xai = { name: "xai", vendor: "xai", base_url: vendor.url, api_key: "xai-key", pass_fields: ["deferred"] };
  const root = `http://127.0.0.1:${vendor.port}`;
  const price = { currency: "USD", input: 1, output: 10 };
  sahab = await runSahab({
    config: {
      providers: [xai, { name: "anthropic", vendor: "anthropic", base_url: root, api_key: "k" }],
      models: [
        ...["grok-4.3", "waits", "refuses", "breaks"].map((model) => ({
          name: model,
          targets: [{ provider: "xai", model }],
          price,
        })),
        { name: "claude", targets: [{ provider: "anthropic", model: "claude" }], price },
      ],
      projects: [{ name: "default" }, { name: "other" }, { name: "off", stored_answers: false }],
    },
  });
  ({ key } = await sahab.createKey());
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const client = (apiKey = key) => new OpenAI({ baseURL: `${sahab.address}/v1`, apiKey, maxRetries: 0 });
const messages = [{ role: "user" as const, content: "126/3=?" }];
const deferred = { deferred: true };

async function defer(model: string, more: object = {}): Promise<string> {
  const answer: object = await client().chat.completions.create({ model, messages, ...deferred, ...more });
  expect(answer).toEqual({ request_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string });
  return (answer as { request_id: string }).request_id;
}

const look = (id: string, as = key) =>
  fetch(`${sahab.address}/v1/chat/deferred-completion/${id}`, { headers: { authorization: `Bearer ${as}` } });

const fetched = (id: string) =>
  eventually(`the completion ${id}`, async () => {
    const response = await look(id);
    const text = await response.text();
    if (response.status !== 202) return { status: response.status, json: JSON.parse(text) as Record<string, unknown> };
    expect([text, response.headers.get("content-type")]).toEqual(["", null]);
    return undefined;
  });

test.each(["grok-4.3", "claude"])("a deferred completion of %s is fetched later, and counted once", async (model) => {
  const before = (await sahab.records()).length;
  const id = await defer(model);
  const completion = await fetched(id);
  expect(completion).toMatchObject({
    status: 200,
    json: {
      object: "chat.completion",
      choices: [{ message: { role: "assistant", content: "42" }, finish_reason: "stop" }],
      usage: { cost: expect.any(String), cost_currency: "USD" },
    },
  });
  // xAI has it fetched once; here it stays as long as other answers that are kept.
  expect(await fetched(id)).toEqual(completion);
  const all = await client().get<object>(`/chat/deferred-completion/${id}`);
  expect(all).toMatchObject({ object: "chat.completion" });
  const records = await sahab.records();
  expect(records.length).toBe(before + 1);
  const usage = completion.json["usage"] as { cost: string };
  expect(records[0]).toMatchObject({ model, outcome: "ok", status: 200, cost: usage.cost });
  expect(vendor.callsFor(model)).toHaveLength(1);
  const [sent] = vendor.callsFor(model);
  // No account keeps it, whatever is let through: its other users could fetch it there.
  expect(sent?.body).not.toHaveProperty("deferred");
  if (model === "claude") return;
  expect(sent?.text).toBe(JSON.stringify({ model, messages }));
  // One conversation goes to one server, which has its cache.
  expect(sent?.headers.get("x-grok-conv-id")).toMatch(/^[0-9a-f]{32}$/);
  expect(records[0]).toMatchObject({ cost: "0.0003", vendor_cost: "0.001234568" });
});

test("one that is still to come is a 202 without a body, and one that the end of the server cut says so", async () => {
  const id = await defer("waits");
  await eventually("the vendor is asked", () => Promise.resolve(vendor.callsFor("waits").at(-1)));
  expect((await look(id)).status).toBe(202);
  finish();
  expect(await fetched(id)).toMatchObject({ status: 200, json: { choices: [{ message: { content: "late" } }] } });
  const cut = await defer("waits");
  await eventually("the vendor is asked", () => Promise.resolve(vendor.callsFor("waits")[1]));
  await sahab.restart("SIGKILL");
  expect((await look(id)).status).toBe(200);
  expect(await fetched(cut)).toMatchObject({
    status: 500,
    json: { error: { message: expect.stringContaining("send it again") } },
  });
});

test("a failure is told when it is fetched, with the status that it would have had", async () => {
  const refused = await fetched(await defer("refuses"));
  expect(refused).toMatchObject({ status: 400, json: { error: { message: "too odd", code: "upstream_rejected" } } });
  const broken = await fetched(await defer("breaks"));
  expect(broken).toMatchObject({ status: 502, json: { error: { code: "upstream_authentication" } } });
});

test("a large body", async () => {
  const content = "x".repeat(1_200_000);
  const completion = await fetched(await defer("grok-4.3", { messages: [{ role: "user", content }] }));
  expect(completion.status).toBe(200);
  expect(vendor.callsFor("grok-4.3").at(-1)?.body).toEqual({
    model: "grok-4.3",
    messages: [{ role: "user", content }],
  });
});

test("another project's, and one of a project that keeps nothing, is not there; a stream is refused", async () => {
  const id = await defer("grok-4.3");
  await fetched(id);
  const other = (await sahab.createKey({ project: "other" })).key;
  const off = (await sahab.createKey({ project: "off" })).key;
  for (const [name, as] of [
    [id, other],
    ["none", key],
    ["%zz", key],
  ] as const) {
    const response = await look(name, as);
    expect([response.status, await response.json()]).toMatchObject([404, { error: { code: "not_found" } }]);
  }
  const ask = async (as: string, more: object) => {
    const body = { model: "grok-4.3", messages, ...more };
    const response = await sahab.call("/v1/chat/completions", body, { key: as });
    return [response.status, await response.json()];
  };
  expect(await ask(off, deferred)).toMatchObject([400, { error: { code: "unsupported_operation" } }]);
  expect(await ask(key, { ...deferred, stream: true })).toMatchObject([400, { error: { param: "deferred" } }]);
  expect(await ask(key, { deferred: "yes" })).toMatchObject([400, { error: { param: "deferred" } }]);
  expect(await ask(key, { deferred: false })).toMatchObject([200, { choices: [{}] }]);
});
