import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { ApiError, GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { startFakeVendor, wholeChat, type FakeVendor } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// What clients are told where a budget or a limit is used up, read by the vendors' own libraries.

let vendor: FakeVendor;
let sahab: TestSahab;
let broke: string;
let slow: string;
let small: string;
beforeAll(async () => {
  vendor = startFakeVendor({ plain: wholeChat("Hi") });
  sahab = await runSahab({
    config: {
      providers: [{ name: "fake", vendor: "compatible", base_url: vendor.url }],
      models: [
        {
          name: "m",
          targets: [{ provider: "fake", model: "plain" }],
          price: { currency: "USD", input: 1, output: 2 },
        },
      ],
      projects: [{ name: "default" }, { name: "broke", budget: { amount: 0, period: "month" } }, { name: "slow" }],
    },
  });
  broke = (await sahab.createKey({ project: "broke" })).key;
  small = (await sahab.createKey({ name: "Ben's app", budget: { amount: "0.00001", period: "day" } })).key;
  slow = (await sahab.createKey({ project: "slow", limits: { rpm: 1 } })).key;
});
afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const messages = [{ role: "user" as const, content: "Hi" }];
const openai = (apiKey: string) => new OpenAI({ apiKey, baseURL: `${sahab.address}/v1` });
const anthropic = (apiKey: string) => new Anthropic({ apiKey, baseURL: sahab.address });
const google = (apiKey: string) =>
  new GoogleGenAI({ apiKey, httpOptions: { baseUrl: sahab.address, retryOptions: { attempts: 1 } } });
const dashscope = (apiKey: string) =>
  fetch(`${sahab.address}/api/v1/services/aigc/text-generation/generation`, {
    method: "POST",
    headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "m", input: { messages } }),
  });
const thrownBy = (asking: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(asking).then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );
const words = /project broke has 0 USD left this month.*the request needs up to 0\.\d+ USD/;

describe("a budget that is used up", () => {
  test("to OpenAI's client, on both of its paths", async () => {
    const client = openai(broke);
    for (const asking of [
      client.chat.completions.create({ model: "m", messages }),
      client.responses.create({ model: "m", input: "Hi" }),
    ]) {
      const error = (await thrownBy(asking)) as InstanceType<typeof OpenAI.APIError>;
      expect(error).toMatchObject({ status: 402, code: "budget_exceeded", type: "insufficient_quota" });
      expect(error.message).toMatch(words);
      expect(error.headers?.get("x-should-retry")).toBe("false");
    }
  });

  test("to Anthropic's client", async () => {
    const asking = anthropic(broke).messages.create({ model: "m", max_tokens: 20, messages });
    const error = (await thrownBy(asking)) as InstanceType<typeof Anthropic.APIError>;
    expect(error.status).toBe(402);
    expect(error.error).toMatchObject({
      type: "error",
      error: { type: "billing_error", code: "budget_exceeded", message: expect.stringMatching(words) as never },
    });
    expect(error.headers?.get("x-should-retry")).toBe("false");
  });

  test("to Google's client, and to DashScope's", async () => {
    const error = await thrownBy(google(broke).models.generateContent({ model: "m", contents: "Hi" }));
    expect(error).toBeInstanceOf(ApiError);
    const { status, message } = error as ApiError;
    expect(status).toBe(402);
    expect(JSON.parse(message)).toMatchObject({ error: { code: 402, status: "RESOURCE_EXHAUSTED" } });
    const response = await dashscope(broke);
    expect([response.status, await response.json()]).toMatchObject([
      402,
      { code: "Arrearage", sahab_code: "budget_exceeded" },
    ]);
  });
});

test("a budget with something left: whose it is by name, when it renews, and the field of the client's own that asks for less", async () => {
  const ways = (field: string) =>
    new RegExp(
      String.raw`key "Ben's app" has 0\.00001 USD left today; the request needs up to 0\.\d+ USD\. To go on, set a smaller ${field}, wait until the budget renews \(20\d\d-\d\d-\d\d 00:00 UTC\) or have the budget raised$`,
    );
  const client = openai(small);
  const told = async (asking: PromiseLike<unknown>) => ((await thrownBy(asking)) as Error).message;
  expect(await told(client.chat.completions.create({ model: "m", messages }))).toMatch(ways("max_tokens"));
  expect(await told(client.responses.create({ model: "m", input: "Hi" }))).toMatch(ways("max_output_tokens"));
  const refused = JSON.parse(await told(google(small).models.generateContent({ model: "m", contents: "Hi" }))) as {
    error: { message: string };
  };
  expect(refused.error.message).toMatch(ways(String.raw`generationConfig\.maxOutputTokens`));
  const answer = (await (await dashscope(small)).json()) as { message: string };
  expect(answer.message).toMatch(ways(String.raw`parameters\.max_tokens`));
});

test("a limit a minute that is used up: when to come back, in whole seconds", async () => {
  await openai(slow).chat.completions.create({ model: "m", messages });
  const chat = (await thrownBy(
    openai(slow).chat.completions.create({ model: "m", messages }, { maxRetries: 0 }),
  )) as InstanceType<typeof OpenAI.RateLimitError>;
  expect(chat).toBeInstanceOf(OpenAI.RateLimitError);
  expect(chat).toMatchObject({ code: "rate_limit_exceeded", type: "rate_limit_error" });
  expect(Number(chat.headers.get("retry-after"))).toBeWithin(1, 62);
  expect(chat.headers.get("x-should-retry")).toBeNull();
  const asking = anthropic(slow).messages.create({ model: "m", max_tokens: 20, messages }, { maxRetries: 0 });
  const message = (await thrownBy(asking)) as InstanceType<typeof Anthropic.RateLimitError>;
  expect(message).toBeInstanceOf(Anthropic.RateLimitError);
  expect(message.error).toMatchObject({ error: { type: "rate_limit_error" } });
  const gemini = (await thrownBy(google(slow).models.generateContent({ model: "m", contents: "Hi" }))) as ApiError;
  expect([gemini.status, JSON.parse(gemini.message)]).toMatchObject([429, { error: { status: "RESOURCE_EXHAUSTED" } }]);
  const response = await dashscope(slow);
  expect(response.headers.get("retry-after")).toMatch(/^\d+$/);
  expect(await response.json()).toMatchObject({ code: "Throttling.RateQuota", sahab_code: "rate_limit_exceeded" });
});
