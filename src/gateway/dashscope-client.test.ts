import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chat, errorAnswer, startFakeVendor, streamOf, type FakeVendor, type Script } from "../testing/fake-vendor.ts";
import {
  generation,
  generationCalls,
  generationError,
  generationEvents,
  resultEvent,
} from "../testing/fake-dashscope.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// DashScope's own wire bytes, as its SDK sends and reads them, through the running program to vendors of both dialects; and
// clients of OpenAI's dialect in front of a native vendor.

const words = ["Grüße ", "云 ", '"quoted" \\ ', "end"];
const calls = [
  { id: "call_1", name: "weather", arguments: '{"city":"Riyadh"}' },
  { id: "call_2", name: "clock", arguments: "{}" },
];
/** Spaces, an exponent, a number that no double holds, unknown fields: nothing that a parser and a printer would keep. */
const oddWhole =
  '{ "output":{"choices":[{"finish_reason":"stop","message":{"role":"assistant","content":"H\\u00e9"}}],"x":1e2},\n "usage":{"input_tokens":100,"output_tokens":20,"total_tokens":120, "big":12345678901234567890}, "request_id":"odd" }';
const oddEvents = [
  ": hello\n\n",
  ...generationEvents(words).slice(0, -1),
  `id:9\nevent:result\n:HTTP_STATUS/200\ndata:{ "output":{"choices":[{"message":{"content":"","role":"assistant"},"finish_reason":"stop"}]},"usage":{"input_tokens":100,"output_tokens":20,"total_tokens":120},"request_id":"odd"}\n\n`,
];
const refusals: [status: number, code: string][] = [
  [400, "InvalidParameter"],
  [401, "InvalidApiKey"],
  [429, "Throttling.RateQuota"],
  [500, "InternalError"],
  [529, "ServiceUnavailable"],
];

const native: Record<string, Script> = {
  plain: generation(words),
  repeats: streamOf(generationEvents(words, false)),
  calls: generationCalls("hmm", calls),
  odd: (call) =>
    call.headers.get("x-dashscope-sse") === "enable"
      ? streamOf(oddEvents)(call)
      : new Response(oddWhole, { headers: { "content-type": "application/json" } }),
  cut: streamOf(generationEvents(words).slice(0, 2)),
  breaks: streamOf([
    ...generationEvents(words).slice(0, 2),
    'id:3\nevent:error\n:HTTP_STATUS/500\ndata:{"code":"InternalError","message":"oops","request_id":"r"}\n\n',
  ]),
  vl: generation(["A ", "cat"]),
  vectors: (call) =>
    Response.json({
      output: {
        embeddings: ((call.body["input"] as { texts: string[] }).texts ?? []).map((_, index) => ({
          text_index: index,
          embedding: [0.5, index],
        })),
      },
      usage: { total_tokens: 7 },
      request_id: "e",
    }),
  two: streamOf(
    [
      [0, "a", "null", 1],
      [1, "x", "null", 1],
      [0, "b", "stop", 2],
      [1, "y", "stop", 3],
    ].map(([index, content, finish_reason, output_tokens], at) =>
      resultEvent(at + 1, {
        output: { choices: [{ index, finish_reason, message: { role: "assistant", content } }] },
        usage: { input_tokens: 10, output_tokens },
        request_id: "two",
      }),
    ),
  ),
  ...Object.fromEntries(refusals.map(([status, code]) => [`native-${status}`, () => generationError(status, code)])),
};
const openai: Record<string, Script> = {
  "openai-plain": chat(words),
  ...Object.fromEntries(refusals.map(([status]) => [`openai-${status}`, () => errorAnswer(status, { message: "no" })])),
};

let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;

beforeAll(async () => {
  vendor = startFakeVendor({ ...native, ...openai });
  const base_url = `http://127.0.0.1:${vendor.port}`;
  const price = { currency: "USD", input: 1, output: 10 };
  const modelsOf = (provider: string, scripts: object) =>
    Object.keys(scripts).map((model) => ({ name: model, targets: [{ provider, model }], price }));
  sahab = await runSahab({
    config: {
      providers: [
        { name: "native", vendor: "alibaba", base_url, api_key: "k", apis: ["dashscope"] },
        { name: "openai", vendor: "compatible", base_url: vendor.url },
      ],
      models: [
        ...modelsOf("native", native),
        ...modelsOf("openai", openai),
        { name: "renamed", targets: [{ provider: "native", model: "plain" }], price },
      ],
      projects: [{ name: "default" }],
    },
  });
  ({ key } = await sahab.createKey());
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const textPath = "/api/v1/services/aigc/text-generation/generation";
const mediaPath = "/api/v1/services/aigc/multimodal-generation/generation";
const stream = { "X-DashScope-SSE": "enable", Accept: "text/event-stream" };
const messages = [{ role: "user", content: "Hi" }];

interface Asked {
  parameters?: object;
  headers?: Record<string, string>;
  path?: string;
  input?: object;
}

const ask = (model: string, { parameters = {}, headers = {}, path = textPath, input = { messages } }: Asked = {}) =>
  sahab.call(path, { model, input, parameters }, { key, headers });
const incremental = { parameters: { result_format: "message", incremental_output: true }, headers: stream };

interface Chunk {
  output: {
    choices: {
      message: { content: string; reasoning_content?: string; tool_calls?: object[] };
      finish_reason: string;
    }[];
  };
  usage?: Record<string, unknown>;
  code?: string;
  message?: string;
}

async function chunksOf(response: Response): Promise<Chunk[]> {
  const lines = (await response.text()).split("\n").filter((line) => line.startsWith("data:"));
  return lines.map((line) => JSON.parse(line.slice("data:".length)) as Chunk);
}

const cost = '"cost":"0.0003","cost_currency":"USD"';

describe("a native vendor", () => {
  test("gets the client's bytes, its form and its path, and the key of its own", async () => {
    await ask("renamed", { ...incremental, path: mediaPath });
    const call = vendor.callsFor("plain").at(-1);
    expect(call?.path).toBe(mediaPath);
    expect(call?.text).toBe(
      JSON.stringify({ model: "plain", input: { messages }, parameters: incremental.parameters }),
    );
    expect(call?.headers.get("authorization")).toBe("Bearer k");
    expect(call?.headers.get("x-dashscope-sse")).toBe("enable");
  });

  test("its bytes pass; the last count gains the cost", async () => {
    const whole = await ask("odd");
    expect(await whole.text()).toBe(oddWhole.replace("12345678901234567890}", `12345678901234567890,${cost}}`));
    const streamed = await ask("odd", incremental);
    expect(streamed.headers.get("content-type")).toContain("text/event-stream");
    const sent = oddEvents.join("");
    const at = sent.lastIndexOf('"total_tokens":120}') + '"total_tokens":120'.length;
    expect(await streamed.text()).toBe(`${sent.slice(0, at)},${cost}${sent.slice(at)}`);
  });

  test("all of the text in every chunk passes as well, and is counted once", async () => {
    const sent = await (await ask("repeats", { headers: stream })).text();
    expect(sent.replace(/,"cost":"[\d.]+","cost_currency":"USD"/, "")).toBe(generationEvents(words, false).join(""));
  });

  test.each(["cut", "breaks"])("a stream that %s does not pass for a whole one", async (model) => {
    const response = await ask(model, incremental);
    const text = await response.text();
    expect(text).toMatch(/event:error\n:HTTP_STATUS\/502\nstatus:502\ndata:\{"code":"InternalError"/);
    expect(text).not.toContain('"stop"');
  });

  test("several answers are billed together", async () => {
    const text = await (await ask("two", { ...incremental, parameters: { n: 2, incremental_output: true } })).text();
    // 10 tokens of prompt, 2 and 3 of output.
    expect(text).toContain('"cost":"0.00006"');
  });

  test("embeddings", async () => {
    const path = "/api/v1/services/embeddings/text-embedding/text-embedding";
    const body = (await (await ask("vectors", { path, input: { texts: ["a", "b"] } })).json()) as Chunk;
    expect(body).toMatchObject({
      output: { embeddings: [{ text_index: 0, embedding: [0.5, 0] }, { text_index: 1 }] },
      usage: { total_tokens: 7, cost: "0.000007" },
    });
  });

  test("a stream that is asked for in a large body", async () => {
    for (const bytes of [300_000, 1_200_000]) {
      const input = { messages: [{ role: "user", content: "x".repeat(bytes) }] };
      for (const model of ["plain", "openai-plain"]) {
        const chunks = await chunksOf(await ask(model, { ...incremental, input }));
        expect(chunks.map(({ output }) => output.choices[0]?.message.content).join("")).toBe(words.join(""));
        expect(vendor.callsFor(model).at(-1)?.text).toContain("x".repeat(bytes));
      }
    }
  });
});

describe("a vendor of OpenAI's dialect", () => {
  test("increments, all so far, and a whole answer say the same", async () => {
    const text = words.join("");
    const whole = (await (await ask("openai-plain", { parameters: { result_format: "message" } })).json()) as Chunk;
    expect(whole).toMatchObject({
      output: { choices: [{ finish_reason: "stop", message: { role: "assistant", content: text } }] },
      usage: { input_tokens: 100, output_tokens: 20, total_tokens: 120, cost: "0.0003" },
    });
    const parts = await chunksOf(await ask("openai-plain", incremental));
    expect(parts.map(({ output }) => output.choices[0]?.message.content).join("")).toBe(text);
    const parameters = { result_format: "message", incremental_output: false };
    const totals = await chunksOf(await ask("openai-plain", { parameters, headers: stream }));
    for (const { output } of totals) expect(text).toStartWith(output.choices[0]?.message.content ?? "missing");
    expect(totals.at(-1)).toMatchObject({
      output: { choices: [{ finish_reason: "stop", message: { content: text } }] },
    });
  });
});

describe("refusals have DashScope's shape", () => {
  const said: Record<number, [number, string]> = {
    400: [400, "InvalidParameter"],
    401: [502, "InternalError"],
    429: [429, "Throttling.RateQuota"],
    500: [502, "InternalError"],
    529: [529, "ServiceUnavailable"],
  };

  test.each(refusals.flatMap(([status]) => [`native-${status}`, `openai-${status}`]))("%s", async (model) => {
    const [status, code] = said[Number(model.split("-")[1])] ?? [];
    for (const headers of [{}, stream]) {
      const response = await ask(model, { headers });
      const body = (await response.json()) as Chunk;
      const isOverload = model === "openai-529";
      expect([model, response.status, body.code]).toEqual([
        model,
        isOverload ? 502 : (status as number),
        isOverload ? "InternalError" : (code as string),
      ]);
      expect(body).toMatchObject({ message: expect.any(String), request_id: expect.any(String) });
    }
  });

  test("a wrong key, an unknown model", async () => {
    const wrong = await sahab.call(textPath, { model: "plain", input: { messages } }, { key: "sk-wrong-wrong" });
    expect([wrong.status, await wrong.json()]).toMatchObject([
      401,
      { code: "InvalidApiKey", sahab_code: "invalid_api_key" },
    ]);
    const unknown = await ask("nobody");
    expect([unknown.status, await unknown.json()]).toMatchObject([404, { code: "ModelNotFound" }]);
  });
});

describe("clients of OpenAI's dialect in front of a native vendor", () => {
  const chatOf = (model: string, more: object = {}) =>
    sahab.call("/v1/chat/completions", { model, messages, ...more }, { key });

  test.each(["plain", "repeats"])("a stream: %s", async (model) => {
    const response = await chatOf(model, { stream: true, stream_options: { include_usage: true } });
    const text = await response.text();
    expect(text).toEndWith("data: [DONE]\n\n");
    const chunks = text.split("\n\n").filter((event) => event.startsWith("data: {"));
    const said = chunks.map((event) => (JSON.parse(event.slice(6)) as ChatChunk).choices[0]?.delta.content ?? "");
    expect(said.join("")).toBe(words.join(""));
    expect(JSON.parse(chunks.at(-1)?.slice(6) ?? "")).toMatchObject({
      model,
      usage: { prompt_tokens: 100, completion_tokens: 20, prompt_tokens_details: { cached_tokens: 40 } },
    });
    const call = vendor.callsFor(model).at(-1);
    expect([call?.path, call?.headers.get("x-dashscope-sse")]).toEqual([textPath, "enable"]);
    expect(call?.body["parameters"]).toMatchObject({ incremental_output: true, result_format: "message" });
  });

  interface ChatChunk {
    choices: { delta: { content?: string } }[];
  }

  test("parallel calls in a stream, and their second turn with what was thought", async () => {
    const tools = calls.map(({ name }) => ({ type: "function", function: { name, parameters: { type: "object" } } }));
    const text = await (await chatOf("calls", { stream: true, tools })).text();
    expect(text).toContain('"reasoning_content":"hmm"');
    expect(text).toContain('"finish_reason":"tool_calls"');
    const whole = (await (await chatOf("calls", { tools })).json()) as { choices: { message: object }[] };
    const [first] = whole.choices;
    expect(first?.message).toMatchObject({
      reasoning_content: "hmm",
      tool_calls: calls.map(({ id, name, arguments: json }) => ({ id, function: { name, arguments: json } })),
    });
    const results = calls.map(({ id }) => ({ role: "tool", tool_call_id: id, content: "done" }));
    await sahab.call(
      "/v1/chat/completions",
      { model: "plain", tools, messages: [...messages, first?.message, ...results] },
      { key },
    );
    expect(vendor.callsFor("plain").at(-1)?.body["input"]).toMatchObject({
      messages: [
        { content: "Hi" },
        { content: "", reasoning_content: "hmm", tool_calls: [{ id: "call_1" }, { id: "call_2" }] },
        { role: "tool", tool_call_id: "call_1", content: "done" },
        { role: "tool", tool_call_id: "call_2", content: "done" },
      ],
    });
  });

  test("an image goes to the path for media, whatever the model is called", async () => {
    const content = [
      { type: "text", text: "What?" },
      { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
    ];
    await sahab.call("/v1/chat/completions", { model: "plain", messages: [{ role: "user", content }] }, { key });
    const call = vendor.callsFor("plain").at(-1);
    expect([call?.path, call?.body["input"]]).toEqual([
      mediaPath,
      { messages: [{ role: "user", content: [{ text: "What?" }, { image: "data:image/png;base64,AAAA" }] }] },
    ]);
  });

  test.each(["cut", "breaks"])("a stream that %s", async (model) => {
    const text = await (await chatOf(model, { stream: true })).text();
    expect(text).toContain('"error"');
    expect(text).not.toContain("[DONE]");
  });

  test("vectors in the encoding that was asked for", async () => {
    const body = { model: "vectors", input: ["a", "b"], encoding_format: "base64" };
    const answer = (await (await sahab.call("/v1/embeddings", body, { key })).json()) as {
      data: { embedding: string }[];
    };
    const bytes = Buffer.from(answer.data[1]?.embedding ?? "", "base64");
    expect([bytes.readFloatLE(0), bytes.readFloatLE(4)]).toEqual([0.5, 1]);
  });

  test("what the native API does not have", async () => {
    const response = await sahab.call("/v1/completions", { model: "plain", prompt: "a" }, { key });
    expect([response.status, await response.json()]).toMatchObject([400, { error: { code: "unsupported_operation" } }]);
  });
});
