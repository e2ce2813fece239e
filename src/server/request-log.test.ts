import { afterAll, beforeAll, expect, test } from "bun:test";
import { eventually } from "../testing/eventually.ts";
import { chat, errorAnswer, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { oneModelConfig } from "../testing/one-model-config.ts";
import { TestSahab } from "../testing/run-sahab.ts";

// One line for each request, of the real program's standard error.

let vendor: FakeVendor;
let sahab: TestSahab;
let key: { id: string; key: string };

/** What no line may hold: a prompt, an answer, an error that quotes both, names and tags of the caller's own. */
const secret = "xq7secretmarker";
const tool = { type: "function", function: { name: `f_${secret}`, parameters: { type: "object", properties: {} } } };
let script = chat([`Hello ${secret} `, "again"]);

beforeAll(async () => {
  vendor = startFakeVendor({ m: (call) => script(call) });
  sahab = new TestSahab({ config: oneModelConfig(vendor.url, "m"), env: { SAHAB_LOG: "info" } });
  await sahab.start();
  await sahab.apply(oneModelConfig(vendor.url, "m"));
  key = await sahab.createKey({ name: "ann" });
});

afterAll(async () => {
  await sahab.close();
  await vendor.stop();
});

type Line = Record<string, unknown>;

function lines(): Line[] {
  const whole = sahab.logs().slice(0, sahab.logs().lastIndexOf("\n") + 1);
  return whole
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}

const lineOf = (id: string | null): Promise<Line> =>
  eventually(`the line of ${id}`, () => lines().find(({ request_id }) => request_id === id));

interface Asked {
  key?: string;
  signal?: AbortSignal;
  path?: string;
}

function post(
  body: object | string,
  { key: sent = key.key, signal, path = "chat/completions" }: Asked = {},
): Promise<Response> {
  return fetch(`${sahab.address}/v1/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(sent !== "" && { authorization: `Bearer ${sent}` }) },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...(signal && { signal }),
  });
}

const ask = (fields: object = {}, asked?: Asked) =>
  post({ model: "m", messages: [{ role: "user", content: `${secret} ${key.key}` }], tools: [tool], ...fields }, asked);

const message = (fields: object) =>
  post({ model: "m", max_tokens: 9, messages: [{ role: "user", content: "x" }], ...fields }, { path: "messages" });

test("a line has exactly the fields that docs/logs.md lists", async () => {
  const answer = await ask();
  await answer.text();
  const record = await sahab.record(answer.headers.get("x-request-id"));
  const { time, duration_ms: durationMs, ...rest } = await lineOf(record.id);
  expect(rest).toEqual({
    level: "info",
    request_id: record.id,
    key_id: key.id,
    key: "ann",
    project: "default",
    model: "m",
    provider: "v",
    provider_model: "m",
    operation: "chat",
    status: 200,
    stream: false,
    attempts: 1,
    input_tokens: record.tokens.input,
    cached_input_tokens: record.tokens.cached_input,
    output_tokens: record.tokens.output,
    reasoning_tokens: record.tokens.reasoning,
    cost: record.cost,
    currency: "USD",
    first_token_ms: null,
    client: "127.0.0.1",
    msg: "request",
  });
  expect(Math.abs(Date.parse(String(time)) - Date.now())).toBeLessThan(60_000);
  expect(durationMs).toBe(record.latency_ms);
});

test("a stream has its line at its end, and a client that left is told as such", async () => {
  const whole = await ask({ stream: true });
  await whole.text();
  const told = await lineOf(whole.headers.get("x-request-id"));
  expect(told).toMatchObject({ status: 200, stream: true });
  expect(told["first_token_ms"]).toBeNumber();

  script = chat([secret, ...Array.from({ length: 200 }, () => "w ")], { paceMs: 20 });
  const leaving = new AbortController();
  const left = await ask({ stream: true }, { signal: leaving.signal });
  await left.body?.getReader().read();
  expect(lines().some(({ request_id: id }) => id === left.headers.get("x-request-id"))).toBe(false);
  leaving.abort();
  const line = await lineOf(left.headers.get("x-request-id"));
  expect(line).toMatchObject({ status: 499, code: "client_closed_request", stream: true, key: "ann" });
  script = chat([`Hello ${secret}`]);
});

test("refusals and failures say why, and repeat nothing of the caller's, the vendor's or the key's", async () => {
  const wrongKey = `sk-sahab-${secret.padEnd(32, "0")}`;
  const refused = async (answer: Promise<Response>) => {
    const response = await answer;
    const { status, headers } = response;
    await response.text();
    return { status, line: await lineOf(headers.get("x-request-id")) };
  };
  const wrong = (field: string) => ({
    status: 400,
    code: "invalid_request",
    reason: `${field} is not as expected; the answer says how`,
  });
  const expected: [Promise<Response>, object][] = [
    [ask({}, { key: wrongKey }), { status: 401, code: "invalid_api_key" }],
    [ask({}, { key: "" }), { status: 401, code: "missing_api_key" }],
    [ask({ model: `gpt-${wrongKey}` }), { status: 404, code: "model_not_found", key: "ann", model: "" }],
    [post(`{"model": "m", "messages": "${secret}`), { status: 400, key: "ann", attempts: 0 }],
    [ask({ n: secret }), { status: 400, key: "ann" }],
    [ask({ messages: [{ role: secret, content: secret }] }), { status: 200 }],
    // A client of another dialect than the vendor's: its body is read, and its answer quotes what was found.
    [message({ messages: [{ role: `${secret} my diagnosis`, content: "x" }] }), wrong("messages[0].role")],
    [message({ tool_choice: { type: secret } }), wrong("tool_choice.type")],
    [fetch(`${sahab.address}/v1/chat/nowhere`), { status: 404, code: "not_found" }],
    // What an admin has written wrongly is told, without the keys in it.
    [sahab.admin(`/requests?status=${wrongKey}`), { status: 400, operation: "admin", code: "invalid_request" }],
  ];
  for (const [answer, fields] of expected) {
    const { status, line } = await refused(answer);
    expect(line).toMatchObject(fields);
    expect(line["status"]).toBe(status);
    if (status !== 200) expect(line["reason"]).toBeString();
  }
  script = () => errorAnswer(400, { message: `what is ${secret}?`, param: secret });
  expect((await refused(ask())).line).toMatchObject({ code: "upstream_rejected", provider: "v", attempts: 1 });
  script = () => errorAnswer(401, { message: secret });
  expect((await refused(ask())).line).toMatchObject({ status: 502, code: "upstream_authentication" });
  script = chat([secret]);
  expect(sahab.logs()).not.toContain(secret);
  for (const shown of [key.key, sahab.adminKey]) expect(sahab.logs()).not.toContain(shown);
});

test("strangers have some lines a second; the rest is counted and told", async () => {
  const before = lines().length;
  const asked = 60;
  await Promise.all(
    Array.from({ length: asked }, async (_, at) => {
      const headers = { authorization: `Bearer sk-nobody-${at}` };
      await (await fetch(`${sahab.address}/v1/models`, { headers })).text();
    }),
  );
  const told = await eventually("all of them", () => {
    const since = lines().slice(before);
    const single = since.filter(({ code }) => code === "invalid_api_key").length;
    const counted = since.flatMap(({ msg, count }) => (msg === "requests refused" ? [Number(count)] : []));
    const sum = single + counted.reduce((all, one) => all + one, 0);
    return sum === asked ? { single, counted } : undefined;
  });
  expect(told.single).toBeLessThan(asked);
  expect(told.counted.length).toBeGreaterThan(0);
  // None of them is told at level warn again.
  expect(lines().filter(({ msg }) => msg === "refused")).toEqual([]);
});
