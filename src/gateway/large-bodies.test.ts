import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { anthropicMessages } from "../dialect/anthropic-messages/index.ts";
import { openaiChat } from "../dialect/openai-chat/index.ts";
import { freePrices } from "../ledger/index.ts";
import { eventually } from "../testing/eventually.ts";
import { chat, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { startGateway, type GatewayInProcess } from "../testing/gateway-in-process.ts";
import { Provider, ProviderTarget } from "../vendor/index.ts";

// Bodies that are read on the thread for large ones, over real HTTP: what the vendor gets, and what others notice.

let vendor: FakeVendor;
let gateway: GatewayInProcess;

beforeAll(async () => {
  vendor = startFakeVendor({
    "vendor-model": chat(["fine"]),
    slow: () => new Response(slowStream(), { headers: { "content-type": "text/event-stream" } }),
  });
  const dialects = [openaiChat, anthropicMessages];
  const upstream = (name: string, model = "vendor-model") => {
    const provider = new Provider(
      { name, vendor: name === "anthropic" ? "anthropic" : "compatible", base_url: vendor.url, api_key: "k" },
      dialects,
    );
    return { provider: name, model, weight: 1, prices: freePrices, upstream: new ProviderTarget(provider, model) };
  };
  const entry = (name: string, ...targets: ReturnType<typeof upstream>[]) =>
    [name, { name, targets: targets.map((one, priority) => ({ ...one, priority })) }] as const;
  const models = new Map([
    entry("m", upstream("chat")),
    entry("first-cannot", upstream("anthropic"), upstream("chat")),
    entry("slow", upstream("chat", "slow")),
  ]);
  gateway = await startGateway(dialects, { models, projects: new Map() });
});
afterAll(async () => {
  await gateway?.close();
  await vendor?.stop();
});

/** A stream with an event every 10 ms, for as long as it is read. */
async function* slowStream(): AsyncGenerator<string> {
  const chunk = (delta: object, reason: string | null) =>
    `data: ${JSON.stringify({ id: "a", object: "chat.completion.chunk", created: 1, model: "slow", choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`;
  for (let event = 0; event < 10_000; event++) {
    yield chunk({ content: "a" }, null);
    await Bun.sleep(10);
  }
  yield `${chunk({}, "stop")}data: [DONE]\n\n`;
}

function send(path: string, body: string | Uint8Array<ArrayBuffer>): Promise<Response> {
  const headers = { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" };
  return fetch(gateway.address + path, { method: "POST", headers, body });
}
const chatPath = "/v1/chat/completions";
const messagesPath = "/v1/messages";
const long = (mebibytes: number) => "long ".repeat((mebibytes * 1024 * 1024) / 5);

describe.each([0.3, 2])("a body of %d MiB", (mebibytes) => {
  const text = long(mebibytes);

  test("reaches a vendor of its dialect byte for byte, but for the model", async () => {
    const body = `{ "model":"m", "messages":[{"role":"user","content":"${text}"}],"seed":1.0}`;
    const response = await send(chatPath, body);
    expect(await response.text()).toContain("fine");
    expect(vendor.calls.at(-1)?.text === body.replace('"m"', '"vendor-model"')).toBe(true);
  });

  test("is translated for a vendor of another dialect, with what was dropped", async () => {
    const messages = [{ role: "user", content: text }];
    const response = await send(
      messagesPath,
      JSON.stringify({ model: "m", max_tokens: 5, top_k: 3, metadata: { user_id: "u" }, messages }),
    );
    expect(await response.json()).toMatchObject({ content: [{ text: "fine" }] });
    expect(response.headers.get("x-sahab-dropped")).toBe("metadata,top_k");
    expect(vendor.calls.at(-1)?.body).toEqual({ model: "vendor-model", max_tokens: 5, messages });
  });

  test("reaches the second target whole after the first could not take it", async () => {
    const body = `{"model":"first-cannot","n":2,"messages":[{"role":"user","content":"${text}"}]}`;
    await (await send(chatPath, body)).text();
    expect(vendor.calls.at(-1)?.text === body.replace("first-cannot", "vendor-model")).toBe(true);
  });

  test("with a fault gets the error that a small one gets", async () => {
    const errorOf = async (path: string, body: string) => {
      const response = await send(path, body);
      const { error } = (await response.json()) as { error: { message: string } };
      return `${response.status} ${error.message}`;
    };
    expect(await errorOf(chatPath, `{"model":"m","messages":[{"content":"${text}"]}`)).toMatch(
      /^400 Cannot read the body as JSON: brackets do not match at byte \d+$/,
    );
    expect(await errorOf(chatPath, `{"model":"unknown","messages":[{"content":"${text}"}]}`)).toMatch(/^404 Model/);
    expect(
      await errorOf(messagesPath, `{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"${text}"},{}]}`),
    ).toBe("400 messages[1]: expected a string, found nothing".replace("[1]", "[1].role"));
    const flood = `{"model":"m","messages":[{}],"x":[${"[],".repeat(2_100_000)}1]}`;
    expect(await errorOf(chatPath, flood)).toContain("it has more than 2000000 values");
  });
});

test("a stream goes on while the dearest bodies come for others, and nothing of them is left", async () => {
  const values = `"a",`.repeat(1_900_000);
  // Long numbers make parsing dear, long texts make the body large; a vendor of OpenAI's dialect gets neither.
  const hostile = Buffer.from(
    `{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"Hi","x":[12345678901234567,${values}"${long(23)}"]}]}`,
  );
  const stream = await send(chatPath, `{"model":"slow","stream":true,"messages":[{"role":"user","content":"Hi"}]}`);
  const startedMs = performance.now();
  let tookMs = 0;
  const attack = async () => {
    for (let left = 2; left > 0; left--) expect((await send(messagesPath, hostile)).status).toBe(200);
    tookMs = performance.now() - startedMs;
  };
  const attacks = Promise.all([attack(), attack()]);
  let longestMs = 0;
  let lastMs = startedMs;
  for await (const _ of stream.body as unknown as AsyncIterable<Uint8Array>) {
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
    if (tookMs > 0) break;
  }
  await attacks;
  // Usually a fiftieth, and less on a machine that is not busy. Where these bodies are read between the events, each takes a fifth.
  expect(longestMs).toBeLessThan(tookMs / 8);
  await eventually("all bodies are let go", () => gateway.inFlight.bodyBytes === 0);
});
