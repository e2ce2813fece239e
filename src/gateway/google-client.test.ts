import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { ApiError, FunctionCallingConfigMode, GoogleGenAI, type Content, type Part } from "@google/genai";
import { embed, generateText, jsonSchema, stepCountIs, streamText, tool } from "ai";
import { startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { scripts, signature, type Api } from "../testing/google-client-scripts.ts";

// Google's own SDK and the AI SDK's Google provider, unmodified, with vendors of each dialect behind.

const vendors = new Map<Api, FakeVendor>();
let sahab: TestSahab;
let google: GoogleGenAI;
let key: string;
const vendorKey = "vendor-key-of-google-1234";

const vendorOf = (api: Api): FakeVendor => vendors.get(api) as FakeVendor;
const nameOf = (api: Api, script: string) => `${api}-${script}`;

beforeAll(async () => {
  for (const api of Object.keys(scripts) as Api[]) vendors.set(api, startFakeVendor(scripts[api]));
  const price = { currency: "USD", input: 1, cached_input: 0.5, cache_write: 2, output: 2 };
  sahab = await runSahab({
    config: {
      providers: [
        { name: "chat", vendor: "compatible", base_url: vendorOf("chat").url, api_key: "vendor-key" },
        {
          name: "messages",
          vendor: "anthropic",
          base_url: `http://127.0.0.1:${vendorOf("messages").port}`,
          api_key: "vendor-key",
        },
        {
          name: "gemini",
          vendor: "google",
          base_url: `http://127.0.0.1:${vendorOf("gemini").port}/v1beta`,
          api_key: vendorKey,
        },
      ],
      models: (Object.keys(scripts) as Api[]).flatMap((api) =>
        Object.keys(scripts[api]).map((script) => ({
          name: nameOf(api, script),
          targets: [{ provider: api, model: script }],
          price,
        })),
      ),
      projects: [{ name: "default" }],
    },
  });
  ({ key } = await sahab.createKey());
  google = client(key);
});

afterAll(async () => {
  await sahab?.close();
  for (const vendor of vendors.values()) await vendor.stop();
});

function client(apiKey: string, baseUrl = sahab.address): GoogleGenAI {
  return new GoogleGenAI({ apiKey, httpOptions: { baseUrl, retryOptions: { attempts: 1 } } });
}

const declaration = {
  name: "weather",
  description: "Tells the weather.",
  parametersJsonSchema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

describe.each(["chat", "messages", "gemini"] as const)("with a vendor of %s", (api) => {
  test("generateContent", async () => {
    const answer = await google.models.generateContent({
      model: nameOf(api, "text"),
      contents: "Hi",
      config: { systemInstruction: "Be brief.", maxOutputTokens: 50, temperature: 0.5 },
    });
    expect(answer.text).toBe("Hello there 云");
    expect(answer.candidates?.[0]?.finishReason as string).toBe("STOP");
    expect(answer.usageMetadata).toMatchObject({
      promptTokenCount: 100,
      cachedContentTokenCount: 40,
      totalTokenCount: 120,
    });
    expect((answer.usageMetadata as unknown as { cost: string; cost_currency: string }).cost_currency).toBe("USD");
    const call = vendorOf(api).callsFor("text").at(-1);
    expect(call?.text).toContain("Be brief.");
    expect(call?.query).toBe("");
  });

  test("a stream, with usage and its cost in the last part", async () => {
    const stream = await google.models.generateContentStream({ model: nameOf(api, "text"), contents: "Hi" });
    const parts = [];
    for await (const part of stream) parts.push(part);
    expect(parts.map(({ text }) => text ?? "").join("")).toBe("Hello there 云");
    expect(parts.length).toBeGreaterThan(2);
    expect(parts.at(-1)?.candidates?.[0]?.finishReason as string).toBe("STOP");
    expect(parts.at(-1)?.usageMetadata).toMatchObject({ promptTokenCount: 100, totalTokenCount: 120 });
    const costs = parts.map((part) => (part.usageMetadata as unknown as { cost?: string } | undefined)?.cost);
    expect(costs.filter((cost) => cost !== undefined)).toHaveLength(1);
    expect(costs.at(-1)).toBeDefined();
  });
});

test("a call of a function over two turns, with a vendor of chat", async () => {
  const session = google.chats.create({
    model: nameOf("chat", "tools"),
    config: { tools: [{ functionDeclarations: [declaration] }] },
  });
  const first = await session.sendMessage({ message: "How warm is it?" });
  const [call] = first.functionCalls ?? [];
  expect(call).toMatchObject({ id: "call_w", name: "weather", args: { city: "Riyadh" } });
  const answer: Part = { functionResponse: { id: "call_w", name: "weather", response: { output: "31" } } };
  const second = await session.sendMessage({ message: answer });
  expect(second.text).toBe("It is 31 degrees.");
  const sent = vendorOf("chat").callsFor("tools").at(-1)?.body["messages"];
  expect(sent).toMatchObject([
    { role: "user", content: "How warm is it?" },
    { role: "assistant", reasoning_content: "Hm.", tool_calls: [{ id: "call_w", function: { name: "weather" } }] },
    { role: "tool", tool_call_id: "call_w", content: "31" },
  ]);
});

test("numbers keep their digits, and calls that take turns in a stream come whole", async () => {
  const response = await ask(nameOf("chat", "tools"), "streamGenerateContent?alt=sse", { contents: hello });
  const text = await response.text();
  expect(text).toContain(
    '"functionCall":{"id":"call_w","name":"weather","args":{"city":"Riyadh","id":1234567890123456789}}',
  );
  expect(text).toContain('"functionCall":{"id":"call_t","name":"clock","args":{}}');
});

test("Google's thoughts and proofs come back to Google as they were", async () => {
  const contents: Content[] = [{ role: "user", parts: [{ text: "Hi" }] }];
  const config = { tools: [{ functionDeclarations: [declaration] }] };
  const first = await google.models.generateContent({ model: nameOf("gemini", "calls"), contents, config });
  const turn = first.candidates?.[0]?.content as Content;
  expect(turn.parts?.[0]?.thoughtSignature).toBe(signature);
  const answers = ["31", "28"].map((output) => ({ functionResponse: { name: "weather", response: { output } } }));
  await google.models.generateContent({
    model: nameOf("gemini", "calls"),
    contents: [...contents, turn, { role: "user", parts: answers }],
    config,
  });
  const sent = vendorOf("gemini").callsFor("calls").at(-1);
  expect(sent?.body["contents"]).toMatchObject([{}, turn, { parts: answers }] as object[]);
  expect(sent?.headers.get("x-goog-api-key")).toBe(vendorKey);
  expect(sent?.path).toBe("/v1beta/models/calls:generateContent");
});

test("another vendor's thoughts are thoughts here", async () => {
  const config = { thinkingConfig: { includeThoughts: true, thinkingBudget: 2_000 } };
  const answer = await google.models.generateContent({
    model: nameOf("messages", "thinks"),
    contents: "Hi",
    config: { ...config, maxOutputTokens: 9_000 },
  });
  expect(answer.candidates?.[0]?.content?.parts).toEqual([{ text: "Hm, hm.", thought: true }, { text: "Yes." }]);
  expect(vendorOf("messages").callsFor("thinks").at(-1)?.body["thinking"]).toEqual({
    type: "enabled",
    budget_tokens: 2_000,
  });
});

test("a function that must be called, with a vendor of Messages", async () => {
  const answer = await google.models.generateContent({
    model: nameOf("messages", "calls"),
    contents: "Hi",
    config: {
      tools: [{ functionDeclarations: [declaration] }],
      toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY, allowedFunctionNames: ["weather"] } },
    },
  });
  expect(answer.functionCalls).toEqual([{ id: "toolu_1", name: "weather", args: { city: "Riyadh" } }]);
  expect(vendorOf("messages").callsFor("calls").at(-1)?.body["tool_choice"]).toEqual({ type: "tool", name: "weather" });
});

test("countTokens", async () => {
  const count = (model: string) => google.models.countTokens({ model, contents: "Hi" });
  expect((await count(nameOf("messages", "counts"))).totalTokens).toBe(42);
  expect((await count(nameOf("gemini", "counts"))).totalTokens).toBe(31);
  expect((await count(nameOf("chat", "text"))).totalTokens).toBeGreaterThan(0);
});

test("embedContent", async () => {
  const asked = { contents: ["a", "b"], config: { outputDimensionality: 2 } };
  const foreign = await google.models.embedContent({ model: nameOf("chat", "embeds"), ...asked });
  expect(foreign.embeddings).toEqual([{ values: [0, 0.5] }, { values: [1, 0.5] }]);
  expect(vendorOf("chat").callsFor("embeds").at(-1)?.body).toMatchObject({ input: ["a", "b"], dimensions: 2 });
  const own = await google.models.embedContent({ model: nameOf("gemini", "embeds"), ...asked });
  expect(own.embeddings).toEqual([{ values: [0, 0.12345678901234566] }, { values: [1, 0.12345678901234566] }]);
  const { body, path } = vendorOf("gemini").callsFor("embeds").at(-1) ?? {};
  expect(path).toBe("/v1beta/models/embeds:batchEmbedContents");
  expect(body).toMatchObject({ requests: [{ model: "models/embeds" }, { model: "models/embeds" }] });
});

test("one text alone to embed", async () => {
  const body = { model: "models/other", content: { parts: [{ text: "a" }] }, taskType: "RETRIEVAL_QUERY" };
  const own = await ask(nameOf("gemini", "embeds"), "embedContent", body);
  expect(await own.text()).toBe('{"embedding":{"values":[0,0.12345678901234566]}}');
  expect(vendorOf("gemini").callsFor("embeds").at(-1)?.text).toBe(
    '{"requests":[{"model":"models/embeds","content":{"parts":[{"text":"a"}]},"taskType":"RETRIEVAL_QUERY"}]}',
  );
  const foreign = await ask(nameOf("chat", "embeds"), "embedContent", body);
  expect(foreign.headers.get("x-sahab-dropped")).toBe("taskType");
  expect(await foreign.json()).toMatchObject({
    embedding: { values: [0.25, -1] },
    usageMetadata: { promptTokenCount: 7, cost_currency: "USD" },
  });
});

test("models", async () => {
  const pager = await google.models.list();
  const names = [];
  for await (const { name } of pager) names.push(name);
  expect(names).toContain("models/chat-text");
  expect((await google.models.get({ model: "chat-text" })).name).toBe("models/chat-text");
  const v1 = new GoogleGenAI({ apiKey: key, apiVersion: "v1", httpOptions: { baseUrl: sahab.address } });
  expect((await v1.models.get({ model: "chat-text" })).name).toBe("models/chat-text");
  expect((await v1.models.generateContent({ model: "chat-text", contents: "Hi" })).text).toBe("Hello there 云");
});

test("the form of Vertex", async () => {
  const vertex = new GoogleGenAI({ vertexai: true, apiKey: key, httpOptions: { baseUrl: sahab.address } });
  expect((await vertex.models.generateContent({ model: "messages-text", contents: "Hi" })).text).toBe("Hello there 云");
});

test("the key in the address, which reaches neither vendor nor log", async () => {
  const response = await fetch(
    `${sahab.address}/v1beta/models/${nameOf("gemini", "text")}:streamGenerateContent?alt=sse&key=${key}`,
    { method: "POST", body: JSON.stringify({ contents: hello }) },
  );
  expect(response.status).toBe(200);
  expect(await response.text()).toContain("Hello ");
  const call = vendorOf("gemini").callsFor("text").at(-1);
  expect(call?.query).toBe("?alt=sse");
  expect(JSON.stringify([...(call?.headers ?? [])])).not.toContain(key);
  const wrong = await fetch(`${sahab.address}/v1beta/models?key=sk-wrong-key-in-the-address`);
  expect(wrong.status).toBe(401);
  expect((await wrong.text()) + sahab.logs()).not.toContain("sk-wrong-key");
  expect(sahab.logs()).not.toContain(key);
});

const hello = [{ role: "user", parts: [{ text: "Hi" }] }];

function ask(model: string, method: string, body: unknown, apiKey = key): Promise<Response> {
  return fetch(`${sahab.address}/v1beta/models/${model}:${method}`, {
    method: "POST",
    headers: { "x-goog-api-key": apiKey },
    body: JSON.stringify(body),
  });
}

describe("a stream without alt=sse is one list", () => {
  test.each(["chat", "messages", "gemini"] as const)("with a vendor of %s", async (api) => {
    const response = await ask(nameOf(api, "text"), "streamGenerateContent", { contents: hello });
    expect(response.headers.get("content-type")).toStartWith("application/json");
    const parts = (await response.json()) as {
      candidates: { content: Content }[];
      usageMetadata?: { cost?: string };
    }[];
    const texts = parts.map(({ candidates }) => candidates[0]?.content.parts?.map(({ text }) => text).join(""));
    expect(texts.join("")).toBe("Hello there 云");
    expect(parts.at(-1)?.usageMetadata?.cost).toBeDefined();
  });

  test.each(["chat", "gemini"] as const)("that is not closed where it broke, with a vendor of %s", async (api) => {
    const text = await (await ask(nameOf(api, "cut"), "streamGenerateContent", { contents: hello })).text();
    expect(() => JSON.parse(text) as unknown).toThrow();
    const parts = JSON.parse(`${text}]`) as { error?: { code: number; status: string } }[];
    expect(parts.at(-1)?.error).toMatchObject({ code: 502, status: "UNAVAILABLE" });
  });
});

test("a vendor's answer in the form of one list, for whoever asks", async () => {
  const body = { contents: hello };
  const whole = (await (await ask(nameOf("gemini", "list"), "generateContent", body)).json()) as {
    candidates: unknown;
  };
  expect(whole.candidates).toMatchObject([{ content: { parts: [{ text: "Hello list" }] }, finishReason: "STOP" }]);
  const stream = await (await ask(nameOf("gemini", "list"), "streamGenerateContent?alt=sse", body)).text();
  expect(stream.match(/"text":"(?:[^"\\]|\\.)+"/g)).toEqual(['"text":"Hello "', '"text":"list"']);
});

describe("errors in Google's shape", () => {
  const rows: [script: string, status: number, name: string, reason: string | undefined][] = [
    ["bad-request", 400, "INVALID_ARGUMENT", undefined],
    ["unauthorised", 502, "UNAVAILABLE", "UPSTREAM_AUTHENTICATION"],
    ["rate-limited", 429, "RESOURCE_EXHAUSTED", undefined],
    ["failing", 502, "UNAVAILABLE", "UPSTREAM_ERROR"],
    ["overloaded", 502, "UNAVAILABLE", "UPSTREAM_ERROR"],
  ];
  for (const api of ["chat", "gemini"] as const) {
    test.each(rows)(`%s of a vendor of ${api}`, async (script, status, name, reason) => {
      const failure = await google.models
        .generateContent({ model: nameOf(api, script), contents: "Hi" })
        .catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ApiError);
      const { status: got, message } = failure as ApiError;
      // A vendor's own 529 passes where the dialect is the same; here it comes from another.
      expect(got).toBe(status);
      const { error } = JSON.parse(message) as {
        error: { code: number; status: string; details?: { reason?: string }[] };
      };
      expect(error).toMatchObject({ code: status, status: name });
      if (reason !== undefined) expect(error.details?.[0]?.reason).toBe(reason);
    });
  }

  test("a wrong key, an unknown model, a bad field", async () => {
    const body = { contents: hello };
    const faults = [
      await ask(nameOf("chat", "text"), "generateContent", body, "sk-wrong"),
      await ask("no-such-model", "generateContent", body),
      await ask(nameOf("chat", "text"), "generateContent", { contents: hello, generationConfig: { temperature: 9 } }),
      await ask(nameOf("chat", "text"), "generateContent", {
        contents: hello,
        generationConfig: { candidateCount: 0 },
      }),
    ];
    const bodies = (await Promise.all(faults.map((fault) => fault.json()))) as object[];
    expect(bodies).toMatchObject([
      { error: { code: 401, status: "UNAUTHENTICATED", details: [{ metadata: { code: "invalid_api_key" } }] } },
      { error: { code: 404, status: "NOT_FOUND", details: [{ metadata: { code: "model_not_found" } }, {}] } },
      {
        error: {
          code: 400,
          status: "INVALID_ARGUMENT",
          details: [{}, { fieldViolations: [{ field: "generationConfig.temperature" }] }],
        },
      },
      { error: { code: 400, status: "INVALID_ARGUMENT" } },
    ]);
  });

  test("when to come back", async () => {
    for (const [api, seconds] of [
      ["chat", "1"],
      ["gemini", "1"],
    ] as const) {
      const response = await ask(nameOf(api, "rate-limited"), "generateContent", { contents: hello });
      expect([response.status, response.headers.get("retry-after")]).toEqual([429, seconds]);
    }
  });

  test.each([
    ["chat", "cut"],
    ["gemini", "cut"],
    ["gemini", "breaks"],
    ["gemini", "malformed"],
  ] as const)("a stream of %s that %s never passes for a whole one", async (api, script) => {
    const read = async () => {
      const stream = await google.models.generateContentStream({ model: nameOf(api, script), contents: "Hi" });
      const texts = [];
      for await (const { text } of stream) texts.push(text);
      return texts;
    };
    const failure = await read().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect((failure as Error).message).toContain('"code":50');
  });
});

test.each(["chat", "messages", "gemini"] as const)(
  "a large body keeps its model and form, with a vendor of %s",
  async (api) => {
    // So large that it is opened and translated on a thread of its own.
    const contents = [{ role: "user", parts: [{ text: "long ".repeat(300_000) }] }];
    const response = await ask(nameOf(api, "text"), "streamGenerateContent?alt=sse", { contents });
    expect(response.headers.get("content-type")).toStartWith("text/event-stream");
    const texts = (await response.text()).match(/(?<="text":")[^"]+/g) ?? [];
    expect(texts.join("")).toBe("Hello there 云");
    expect(vendorOf(api).callsFor("text").at(-1)?.text.length).toBeGreaterThan(1_500_000);
  },
);

test("a prompt that Google blocks says so", async () => {
  const answer = await google.models.generateContent({ model: nameOf("gemini", "blocked"), contents: "Hi" });
  expect(answer.promptFeedback?.blockReason as string).toBe("PROHIBITED_CONTENT");
});

describe("the AI SDK's Google provider", () => {
  const provider = () => createGoogleGenerativeAI({ apiKey: key, baseURL: `${sahab.address}/v1beta` });

  test.each(["chat", "messages", "gemini"] as const)("a stream of a vendor of %s", async (api) => {
    const result = streamText({ model: provider()(nameOf(api, "text")), prompt: "Hi", maxRetries: 0 });
    expect(await result.text).toBe("Hello there 云");
    expect(await result.finishReason).toBe("stop");
    expect(await result.usage).toMatchObject({ inputTokens: 100 });
  });

  test.each([true, false])("a tool over two steps, streamed: %s", async (isStreamed) => {
    const tools = {
      weather: tool({
        description: "Tells the weather.",
        inputSchema: jsonSchema<{ city: string }>(declaration.parametersJsonSchema as object),
        execute: ({ city }) => Promise.resolve(`${city}: 31`),
      }),
      clock: tool({
        inputSchema: jsonSchema<object>({ type: "object", properties: {} }),
        execute: () => Promise.resolve("noon"),
      }),
    };
    const options = {
      model: provider()(nameOf("chat", "tools")),
      prompt: "How warm is it?",
      tools,
      stopWhen: stepCountIs(2),
      maxRetries: 0,
    };
    const text = isStreamed ? await streamText(options).text : (await generateText(options)).text;
    expect(text).toBe("It is 31 degrees.");
    const sent = vendorOf("chat").callsFor("tools").at(-1)?.body["messages"] as { role: string; content: string }[];
    expect(sent.find(({ role }) => role === "tool")?.content).toContain("Riyadh: 31");
  });

  test("an embedding", async () => {
    const model = provider().embedding(nameOf("chat", "embeds"));
    expect((await embed({ model, value: "a", maxRetries: 0 })).embedding).toEqual([0.25, -1]);
    const own = provider().embedding(nameOf("gemini", "embeds"));
    expect((await embed({ model: own, value: "a", maxRetries: 0 })).embedding).toEqual([0, 0.12345678901234566]);
  });
});

test("Gemini CLI's form of a request", async () => {
  const response = await ask(nameOf("chat", "tools"), "streamGenerateContent?alt=sse", {
    contents: [
      { role: "user", parts: [{ text: "This is the Gemini CLI." }] },
      { role: "model", parts: [{ text: "Got it.", thought: true }, { text: "Got it." }] },
      { role: "user", parts: [{ text: "How warm is it?" }] },
    ],
    systemInstruction: { role: "user", parts: [{ text: "You are an interactive CLI agent." }] },
    tools: [
      {
        functionDeclarations: [
          { name: "read_file", description: "Reads.", parametersJsonSchema: { type: "object", properties: {} } },
          { name: "weather", parameters: { type: "OBJECT", properties: { city: { type: "STRING" } } } },
        ],
      },
    ],
    generationConfig: { temperature: 1, topP: 0.95, topK: 64, thinkingConfig: { includeThoughts: true } },
    labels: { session: "1" },
  });
  expect(response.status).toBe(200);
  const events = (await response.text()).trim().split("\n\n");
  const parts = events.flatMap((event) => {
    const { candidates } = JSON.parse(event.slice("data: ".length)) as { candidates: { content: Content }[] };
    return candidates.flatMap(({ content }) => content.parts ?? []);
  });
  expect(parts.find(({ thought }) => thought)?.text).toBe("Hm.");
  expect(parts.flatMap(({ functionCall }) => functionCall?.name ?? [])).toEqual(["weather", "clock"]);
  const sent = vendorOf("chat").callsFor("tools").at(-1)?.body;
  expect(sent?.["tools"]).toMatchObject([
    { function: { name: "read_file" } },
    { function: { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } } } },
  ]);
});
