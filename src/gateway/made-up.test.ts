import { afterAll, beforeAll, expect, test } from "bun:test";
import type { ModelEntry } from "../config/index.ts";
import { openaiChat } from "../dialect/openai-chat/index.ts";
import { parsePrices } from "../ledger/index.ts";
import { chat, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { startGateway, type GatewayInProcess } from "../testing/gateway-in-process.ts";
import { madeUpDialect } from "../testing/made-up-dialect/index.ts";
import { madeUpUpstream } from "../testing/made-up-upstream.ts";
import { Provider, ProviderTarget } from "../vendor/index.ts";

// A dialect that nobody speaks and an upstream that nobody runs take the same road as all others.

let vendor: FakeVendor;
let madeUpVendor: Bun.Server<undefined>;
let gateway: GatewayInProcess;

beforeAll(async () => {
  vendor = startFakeVendor({ m: chat(["from ", "OpenAI"]) });
  madeUpVendor = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) =>
      new URL(request.url).pathname === "/root/made-up/m"
        ? new Response("start\ntext made\ntext up\nusage 3 2\nend\n", {
            headers: { "content-type": "text/event-stream" },
          })
        : new Response("no", { status: 500 }),
  });
  const prices = parsePrices({ currency: "USD", input: 1, output: 2 });
  const entry = (name: string, provider: string, upstream: ModelEntry["targets"][number]["upstream"]): ModelEntry => ({
    name,
    targets: [{ provider, model: "m", priority: 1, weight: 1, prices, upstream }],
  });
  const dialects = [openaiChat, madeUpDialect];
  const openai = new Provider({ name: "openai", vendor: "compatible", base_url: vendor.url }, dialects);
  const strange = new Provider(
    {
      name: "strange",
      vendor: "compatible",
      base_url: `http://127.0.0.1:${madeUpVendor.port}/root`,
      apis: ["made-up"],
    },
    dialects,
  );
  const models = [
    entry("own", "made-up", madeUpUpstream),
    entry("openai", "openai", new ProviderTarget(openai, "m")),
    entry("strange", "strange", new ProviderTarget(strange, "m")),
  ];
  gateway = await startGateway(dialects, {
    models: new Map(models.map((model) => [model.name, model])),
    projects: new Map(),
  });
});

afterAll(async () => {
  await gateway?.close();
  await madeUpVendor?.stop(true);
  await vendor?.stop();
});

const headers = () => ({ authorization: `Bearer ${gateway.key}` });
const askMadeUp = (model: string, body = "one two three") =>
  fetch(`${gateway.address}/made-up/${model}`, { method: "POST", headers: headers(), body });
const askOpenAi = (model: string, stream: boolean) =>
  fetch(`${gateway.address}/v1/chat/completions`, {
    method: "POST",
    headers: headers(),
    body: JSON.stringify({ model, stream, messages: [{ role: "user", content: "one two three" }] }),
  });

test("a client of the made-up dialect, served by the made-up upstream", async () => {
  const response = await askMadeUp("own");
  expect(response.headers.get("content-type")).toBe("text/made-up");
  // 3 × 1 + 3 × 2 = 9 per million.
  expect(await response.text()).toBe("text three \ntext two \ntext one \nusage 3 3 cost 0.000009\nend\n");
  expect((await gateway.records()).at(-1)).toMatchObject({
    dialect: "made-up",
    provider: "made-up",
    outcome: "ok",
    inputTokens: 3,
    outputTokens: 3,
    cost: 9_000n,
    estimated: false,
    attempts: [{ provider: "made-up", model: "m", outcome: "ok" }],
  });
});

test("a client of the made-up dialect, served by an OpenAI-style vendor", async () => {
  const text = await (await askMadeUp("openai")).text();
  expect(text).toBe("text from \ntext OpenAI\nusage 100 20 cost 0.00014\nend\n");
  expect(vendor.calls.at(-1)?.body["messages"]).toEqual([{ role: "user", content: "one two three" }]);
});

test("an OpenAI client, served by the made-up upstream", async () => {
  const whole = (await (await askOpenAi("own", false)).json()) as { choices: { message: { content: string } }[] };
  expect(whole.choices[0]?.message.content).toBe("three two one ");
  expect(await (await askOpenAi("own", true)).text()).toEndWith("data: [DONE]\n\n");
});

test("an OpenAI client, served by a vendor of the made-up dialect, which streams whatever is asked for", async () => {
  const whole = (await (await askOpenAi("strange", false)).json()) as { choices: { message: { content: string } }[] };
  expect(whole.choices[0]?.message.content).toBe("madeup");
  expect(await (await askOpenAi("strange", true)).text()).toContain('"content":"made"');
});

test("errors are in the client's dialect", async () => {
  const empty = await askMadeUp("own", "");
  expect([empty.status, await empty.json()]).toEqual([400, { sorry: "invalid_request", about: expect.any(String) }]);
  const missing = await askMadeUp("none");
  expect([missing.status, await missing.json()]).toMatchObject([404, { sorry: "model_not_found" }]);
  const method = await fetch(`${gateway.address}/made-up/own`, { headers: headers() });
  expect([method.status, method.headers.get("allow")]).toEqual([405, "POST, OPTIONS"]);
});
