import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { geminiChunk, geminiError, geminiEvent, geminiParts, geminiText } from "../testing/fake-gemini.ts";
import { startFakeVendor, streamOf, type FakeVendor, type Script } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// OpenAI's and Anthropic's SDKs, unmodified, with a vendor that speaks Google's dialect.

const signature = "c2lnbmF0dXJl";
const signed = { functionCall: { name: "weather", args: { city: "Riyadh" } }, thoughtSignature: signature };

/** Calls of functions, then, when their answers have come, a text. */
const tools: Script = (call) =>
  (call.text.includes("functionResponse")
    ? geminiText(["It is ", "31 degrees."])
    : geminiParts([
        { text: "Hm.", thought: true },
        signed,
        { functionCall: { id: "own-2", name: "weather", args: { city: "Jeddah", id: 7 } } },
      ]))(call);

const scripts: Record<string, Script> = {
  "gemini-2.5-flash": geminiText(["Hello ", "there ", "云"]),
  "gemini-2.5-pro": geminiText(["Hello"]),
  "gemini-3-flash-preview": tools,
  "gemini-2.0-flash": geminiText(["Hello"]),
  "text-embedding": (call) =>
    Response.json({ embeddings: (call.body["requests"] as unknown[]).map((_, index) => ({ values: [index, -0.5] })) }),
  counts: () => Response.json({ totalTokens: 31 }),
  blocked: () =>
    Response.json({
      promptFeedback: { blockReason: "SAFETY" },
      usageMetadata: { promptTokenCount: 9, totalTokenCount: 9 },
    }),
  long: streamOf([geminiEvent(geminiChunk([{ text: "Pea" }], "MAX_TOKENS"))]),
  probable: () => {
    const [candidate] = geminiChunk([{ text: "Hi" }], "STOP")["candidates"] as object[];
    const token = { token: "Hi", logProbability: -0.25 };
    const result = {
      chosenCandidates: [token],
      topCandidates: [{ candidates: [token, { token: "Ho", logProbability: -2 }] }],
    };
    return Response.json({ candidates: [{ ...candidate, logprobsResult: result }] });
  },
  "rate-limited": () =>
    geminiError(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan.", [
      { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "0.5s" },
    ]),
  unauthorised: () => geminiError(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
  "bad-request": () => geminiError(400, "INVALID_ARGUMENT", "temperature is out of range"),
  failing: () => geminiError(500, "INTERNAL", "An internal error has occurred."),
  cut: streamOf([geminiEvent(geminiChunk([{ text: "half an " }]))]),
};

let vendor: FakeVendor;
let sahab: TestSahab;
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  vendor = startFakeVendor(scripts);
  const price = { currency: "USD", input: 1, cached_input: 0.5, output: 2 };
  sahab = await runSahab({
    config: {
      // A version too many, as people write it.
      providers: [
        { name: "fake", vendor: "compatible", base_url: vendor.url, api_key: "vendor-key", apis: ["gemini"] },
      ],
      models: Object.keys(scripts).map((name) => ({ name, targets: [{ provider: "fake", model: name }], price })),
      projects: [{ name: "default" }],
    },
  });
  const { key } = await sahab.createKey();
  openai = new OpenAI({ apiKey: key, baseURL: `${sahab.address}/v1`, maxRetries: 0 });
  anthropic = new Anthropic({ apiKey: key, baseURL: sahab.address, maxRetries: 0 });
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const sent = (model: string) => vendor.callsFor(model).at(-1)?.body ?? {};
const hello = [{ role: "user" as const, content: "Hi" }];
const weather = {
  type: "function" as const,
  function: { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } } },
};

describe("OpenAI's SDK", () => {
  test("a text, whole and streamed, with usage and cost", async () => {
    const model = "gemini-2.5-flash";
    const answer = await openai.chat.completions.create({ model, messages: hello });
    expect(answer.choices[0]).toMatchObject({ finish_reason: "stop", message: { content: "Hello there 云" } });
    expect(answer.usage).toMatchObject({
      prompt_tokens: 100,
      completion_tokens: 20,
      prompt_tokens_details: { cached_tokens: 40 },
      completion_tokens_details: { reasoning_tokens: 5 },
      cost: "0.00012",
    });
    const stream = await openai.chat.completions.create({
      model,
      messages: hello,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = "";
    let usage: unknown;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe("Hello there 云");
    expect(usage).toMatchObject({ prompt_tokens: 100, completion_tokens: 20 });
    expect(vendor.callsFor(model).at(-1)).toMatchObject({
      path: "/v1beta/models/gemini-2.5-flash:streamGenerateContent",
      query: "?alt=sse",
    });
  });

  test.each([false, true])("tools in parallel over two turns, streamed: %s", async (stream) => {
    const model = "gemini-3-flash-preview";
    const asked = { model, messages: hello, tools: [weather], reasoning_effort: "high" as const };
    const first = stream
      ? await openai.chat.completions.stream(asked).finalChatCompletion()
      : await openai.chat.completions.create(asked);
    const message = first.choices[0]?.message;
    expect(first.choices[0]?.finish_reason).toBe("tool_calls");
    expect(
      message?.tool_calls?.map((call) => "function" in call && [call.function.name, call.function.arguments]),
    ).toEqual([
      ["weather", '{"city":"Riyadh"}'],
      ["weather", '{"city":"Jeddah","id":7}'],
    ]);
    expect(sent(model)["generationConfig"]).toEqual({
      thinkingConfig: { thinkingLevel: "HIGH", includeThoughts: true },
    });
    const calls = message?.tool_calls ?? [];
    expect(calls[1]?.id).toBe("own-2");
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
    const second = await openai.chat.completions.create({
      ...asked,
      messages: [
        ...hello,
        { role: "assistant", content: null, tool_calls: calls },
        ...calls.map(({ id }, index) => ({ role: "tool" as const, tool_call_id: id, content: `${31 - index}` })),
      ],
    });
    expect(second.choices[0]?.message.content).toBe("It is 31 degrees.");
    // This client has no place for the proof, so that it is kept for the next turn.
    const ids = calls.map(({ id }) => id);
    expect(sent(model)["contents"]).toEqual([
      { role: "user", parts: [{ text: "Hi" }] },
      {
        role: "model",
        parts: [
          {
            functionCall: { id: ids[0], name: "weather", args: { city: "Riyadh" } },
            thoughtSignature: "c2lnbmF0dXJl",
          },
          { functionCall: { id: ids[1], name: "weather", args: { city: "Jeddah", id: 7 } } },
        ],
      },
      {
        role: "user",
        parts: [
          { functionResponse: { id: ids[0], name: "weather", response: { output: "31" } } },
          { functionResponse: { id: ids[1], name: "weather", response: { output: "30" } } },
        ],
      },
    ]);
  });

  test("structured output, an image, and what has no place there", async () => {
    const model = "gemini-2.5-flash";
    const schema = { type: "object", properties: { a: { type: "integer" } }, required: ["a"] };
    const { response } = await openai.chat.completions
      .create({
        model,
        messages: [
          { role: "system", content: "Be brief." },
          {
            role: "user",
            content: [
              { type: "text", text: "What is this?" },
              { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } },
            ],
          },
        ],
        response_format: { type: "json_schema", json_schema: { name: "n", schema, strict: true } },
        max_completion_tokens: 99,
        stop: ["END"],
        seed: 7,
        n: 1,
        reasoning_effort: "medium",
        logit_bias: { "300": 1 },
      })
      .withResponse();
    expect(sent(model)).toEqual({
      systemInstruction: { parts: [{ text: "Be brief." }] },
      contents: [
        {
          role: "user",
          parts: [{ text: "What is this?" }, { inlineData: { mimeType: "image/png", data: "iVBORw0KGgo=" } }],
        },
      ],
      generationConfig: {
        responseMimeType: "application/json",
        responseJsonSchema: schema,
        maxOutputTokens: 99,
        stopSequences: ["END"],
        seed: 7,
        thinkingConfig: { thinkingBudget: 8192, includeThoughts: true },
      },
    });
    expect(response.headers.get("x-sahab-dropped")).toBe("logit_bias,response_format.json_schema.name");
  });

  test("an image at an address that cannot be fetched is refused by name", async () => {
    const asked = openai.chat.completions.create({
      model: "gemini-2.5-flash",
      messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "http://127.0.0.1:1/a.png" } }] }],
    });
    const failure = await asked.catch((error: unknown) => error as InstanceType<typeof OpenAI.APIError>);
    expect(failure).toMatchObject({ status: 400, code: "invalid_request", param: "messages[0].content[0]" });
  });

  test("thinking that can't be switched off is the least there is, and listed", async () => {
    const ask = async (model: string) => {
      const asked = openai.chat.completions.create({ model, messages: hello, reasoning_effort: "none" });
      const { response } = await asked.withResponse();
      return [sent(model)["generationConfig"], response.headers.get("x-sahab-dropped")];
    };
    expect(await ask("gemini-2.5-flash")).toEqual([{ thinkingConfig: { thinkingBudget: 0 } }, null]);
    expect(await ask("gemini-2.5-pro")).toEqual([{ thinkingConfig: { thinkingBudget: 128 } }, "reasoning_effort"]);
    expect(await ask("gemini-3-flash-preview")).toEqual([
      { thinkingConfig: { thinkingLevel: "MINIMAL" } },
      "reasoning_effort",
    ]);
    expect(await ask("gemini-2.0-flash")).toEqual([undefined, "reasoning_effort"]);
  });

  test("embeddings, which the SDK asks for in base64", async () => {
    const answer = await openai.embeddings.create({ model: "text-embedding", input: ["a", "b"], dimensions: 2 });
    expect(answer.data.map(({ embedding }) => embedding)).toEqual([
      [0, -0.5],
      [1, -0.5],
    ]);
    expect(sent("text-embedding")).toEqual({
      requests: ["a", "b"].map((text) => ({
        model: "models/text-embedding",
        content: { parts: [{ text }] },
        outputDimensionality: 2,
      })),
    });
  });

  test("probabilities of tokens", async () => {
    const answer = await openai.chat.completions.create({
      model: "probable",
      messages: hello,
      logprobs: true,
      top_logprobs: 2,
    });
    expect(answer.choices[0]?.logprobs?.content).toEqual([
      {
        token: "Hi",
        logprob: -0.25,
        bytes: [72, 105],
        top_logprobs: [
          { token: "Hi", logprob: -0.25, bytes: [72, 105] },
          { token: "Ho", logprob: -2, bytes: [72, 111] },
        ],
      },
    ]);
    expect(sent("probable")["generationConfig"]).toEqual({ responseLogprobs: true, logprobs: 2 });
  });

  test("reasons for the end", async () => {
    const blocked = await openai.chat.completions.create({ model: "blocked", messages: hello });
    expect(blocked.choices[0]?.finish_reason).toBe("content_filter");
    const long = await openai.chat.completions.stream({ model: "long", messages: hello }).finalChatCompletion();
    expect(long.choices[0]?.finish_reason).toBe("length");
  });

  test.each([
    ["rate-limited", 429, "upstream_rate_limited"],
    ["unauthorised", 502, "upstream_authentication"],
    ["bad-request", 400, "upstream_rejected"],
    ["failing", 502, "upstream_error"],
  ])("%s", async (model, status, code) => {
    const asked = openai.chat.completions.create({ model, messages: hello });
    expect(await asked.catch((error: unknown) => error)).toMatchObject({ status, code });
  });

  test("a cut stream", async () => {
    const asked = openai.chat.completions.stream({ model: "cut", messages: hello }).finalChatCompletion();
    expect(await asked.catch((error: unknown) => error)).toMatchObject({ code: "stream_interrupted" });
  });
});

describe("Anthropic's SDK", () => {
  test.each([false, true])("thoughts and calls, streamed: %s", async (stream) => {
    const model = "gemini-3-flash-preview";
    const asked = {
      model,
      max_tokens: 5_000,
      messages: hello,
      thinking: { type: "enabled" as const, budget_tokens: 2_000 },
      tools: [{ name: "weather", input_schema: { type: "object" as const } }],
    };
    const answer = stream
      ? await anthropic.messages.stream(asked).finalMessage()
      : await anthropic.messages.create(asked);
    expect(answer.stop_reason).toBe("tool_use");
    expect(answer.content).toMatchObject([
      { type: "thinking", thinking: "Hm." },
      { type: "tool_use", name: "weather", input: { city: "Riyadh" } },
      { type: "tool_use", id: "own-2", name: "weather", input: { city: "Jeddah", id: 7 } },
    ]);
    expect(JSON.stringify(answer)).not.toContain(signature);
    expect(sent(model)["generationConfig"]).toEqual({
      maxOutputTokens: 5_000,
      thinkingConfig: { thinkingLevel: "LOW", includeThoughts: true },
    });
    expect(answer.usage).toMatchObject({ input_tokens: 60, cache_read_input_tokens: 40, output_tokens: 20 });
  });

  test("counting the tokens of a prompt", async () => {
    const asked = { model: "counts", system: "Be brief.", messages: hello };
    expect((await anthropic.messages.countTokens(asked)).input_tokens).toBe(31);
    expect(sent("counts")).toEqual({
      generateContentRequest: {
        model: "models/counts",
        contents: [{ role: "user", parts: [{ text: "Hi" }] }],
        systemInstruction: { parts: [{ text: "Be brief." }] },
      },
    });
  });
});
