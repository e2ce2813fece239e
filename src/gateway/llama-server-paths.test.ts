import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// llama-server's own paths and fields, over HTTP, with the built-in model and one of a vendor that is never asked.

let sahab: TestSahab;
let key: string;

beforeAll(async () => {
  sahab = await runSahab({
    config: {
      providers: [{ name: "far", vendor: "compatible", base_url: "http://127.0.0.1:9/v1", api_key: "sk-far" }],
      models: [
        { name: "nano", local: { file: "nano.gguf" } },
        { name: "remote", targets: [{ provider: "far", model: "m" }], price: "free" },
      ],
      projects: [{ name: "default" }, { name: "remotes", models: ["remote"] }],
    },
  });
  ({ key } = await sahab.createKey());
});
afterAll(() => sahab?.close());

async function post(path: string, body: object, withKey = key) {
  const response = await fetch(`${sahab.address}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${withKey}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const json = (await response.json()) as Record<string, unknown> & { error?: { code: string; message: string } };
  return { status: response.status, headers: response.headers, json };
}
const tokensOf = async (body: object) => (await post("/tokenize", body)).json["tokens"] as number[];

describe("POST /tokenize and /detokenize", () => {
  test("turn texts into tokens and back, for the only local model where none is named", async () => {
    for (const content of ["Hello, world! 漢字 😀\n", "  two  spaces", ""]) {
      const tokens = await tokensOf({ content });
      expect(tokens).toEqual(await tokensOf({ model: "nano", content }));
      expect((await post("/detokenize", { tokens })).json).toEqual({ content });
    }
  });

  test("make control tokens of their spellings, unless they are not to be parsed", async () => {
    const content = "<|user|>Hi";
    const parsed = await tokensOf({ content });
    const plain = await tokensOf({ content, parse_special: false });
    expect(plain.length).toBeGreaterThan(parsed.length);
    expect((await post("/detokenize", { tokens: parsed })).json).toEqual({ content });
    expect((await post("/detokenize", { tokens: plain })).json).toEqual({ content });
    const whole = await tokensOf({ content: "Hi", add_special: true });
    expect((await post("/detokenize", { tokens: whole })).json).toEqual({ content: "<|sahab_begin|>Hi" });
  });

  test("give the pieces: texts, and bytes where a character is cut", async () => {
    const { json } = await post("/tokenize", { content: "Hi 😀", with_pieces: true });
    const pieces = json["tokens"] as { id: number; piece: string | number[] }[];
    expect(pieces.map(({ id }) => id)).toEqual(await tokensOf({ content: "Hi 😀" }));
    const bytes = pieces.flatMap(({ piece }) => (typeof piece === "string" ? [...Buffer.from(piece)] : piece));
    expect(Buffer.from(bytes).toString()).toBe("Hi 😀");
  });

  test("cost nothing, and are recorded as what they are", async () => {
    const { headers } = await post("/tokenize", { content: "Recorded" });
    expect(await sahab.record(headers.get("x-request-id") ?? "")).toMatchObject({
      operation: "tokenize",
      provider: "local",
      model: "nano",
      cost: "0",
      tokens: { input: 0, output: 0 },
    });
  });

  test("take long texts, and refuse ones that are too long", async () => {
    const long = "All clouds are made of water. ".repeat(6_000);
    const tokens = await tokensOf({ content: long });
    expect(tokens.length).toBeGreaterThan(10_000);
    expect((await post("/detokenize", { tokens })).json["content"]).toBe(long);
    const { status, json } = await post("/tokenize", { content: "a".repeat(4_300_000) });
    expect(status).toBe(400);
    expect(json.error?.message).toContain("takes at most 4194304 at once");
  });

  test.each<[string, object, string]>([
    ["/tokenize", {}, "content: expected a string, found nothing"],
    ["/tokenize", { content: 5 }, "content: expected a string, found number"],
    ["/tokenize", { content: "x", add_special: 1 }, "add_special: expected a boolean"],
    ["/detokenize", { tokens: "x" }, "tokens: expected an array"],
    ["/detokenize", { tokens: [1, "x"] }, "tokens[1]: expected a token id"],
    ["/detokenize", { tokens: [-1] }, "tokens[0]: is -1; model nano has ids from 0 to"],
    ["/detokenize", { tokens: [99_999_999] }, "tokens[0]: is 99999999"],
    ["/apply-template", {}, "messages: expected an array"],
  ])("%s refuses %j", async (path, body, message) => {
    const { status, json } = await post(path, body);
    expect(status).toBe(400);
    expect(json.error?.message).toContain(message);
  });
});

test("only local models have them, and only for keys that may call these", async () => {
  const remote = await post("/tokenize", { model: "remote", content: "x" });
  expect(remote.status).toBe(400);
  expect(remote.json.error).toMatchObject({
    code: "unsupported_operation",
    message: 'Local models alone have the operation "tokenize"; this one is at provider far',
  });
  expect((await post("/tokenize", { model: "gone", content: "x" })).status).toBe(404);
  expect((await post("/tokenize", { content: "x" }, "sk-wrong")).status).toBe(401);
  const other = (await sahab.createKey({ project: "remotes" })).key;
  expect((await post("/tokenize", { model: "nano", content: "x" }, other)).status).toBe(403);
  const none = await post("/tokenize", { content: "x" }, other);
  expect(none.status).toBe(400);
  expect(none.json.error?.message).toContain("model: expected one of the local models, found nothing; available: none");
});

describe("POST /apply-template", () => {
  const messages = [{ role: "user", content: "What are clouds?" }];
  const promptOf = async (body: object) => (await post("/apply-template", body)).json["prompt"] as string;

  test("shows the prompt, with tools as well, whose tokens are those that are counted", async () => {
    const tool = { type: "function", function: { name: "weather", parameters: { type: "object", properties: {} } } };
    for (const body of [{ messages }, { messages, tools: [tool] }]) {
      const prompt = await promptOf(body);
      expect(prompt).toContain("What are clouds?");
      expect(prompt.includes("weather")).toBe("tools" in body);
      const tokens = (await tokensOf({ content: prompt })).length;
      const [name, parameters] = [tool.function.name, tool.function.parameters];
      const withTools = (tools: unknown) => ("tools" in body ? { tools } : {});
      const ofResponses = await post("/v1/responses/input_tokens", {
        model: "nano",
        input: messages[0]?.content,
        ...withTools([{ type: "function", name, parameters, strict: false }]),
      });
      expect(ofResponses.json).toMatchObject({ input_tokens: tokens });
      const ofMessages = await post("/v1/messages/count_tokens", {
        model: "nano",
        messages,
        ...withTools([{ name, input_schema: parameters }]),
      });
      expect(ofMessages.json).toEqual({ input_tokens: tokens });
      const ofGoogle = await post("/v1beta/models/nano:countTokens", {
        generateContentRequest: {
          model: "models/nano",
          contents: [{ role: "user", parts: [{ text: messages[0]?.content }] }],
          ...withTools([{ functionDeclarations: [{ name, parametersJsonSchema: parameters }] }]),
        },
      });
      expect(ofGoogle.json).toEqual({ totalTokens: tokens });
    }
  });

  test("shows how an answer goes on with the assistant's last message, and so it does", async () => {
    const open = [...messages, { role: "assistant", content: "Clouds are " }];
    const prompt = await promptOf({ messages: open });
    expect(prompt).toEndWith("Clouds are ");
    expect(await promptOf({ messages: open, continue_final_message: false })).not.toEndWith("Clouds are ");
    const chat = await post("/v1/chat/completions", { model: "nano", messages: open, temperature: 0, max_tokens: 12 });
    const [choice] = chat.json["choices"] as { message: { content: string } }[];
    const plain = await post("/v1/completions", { model: "nano", prompt, temperature: 0, n_predict: 12 });
    const [text] = plain.json["choices"] as { text: string }[];
    expect(choice?.message.content).toBe(text?.text ?? "");
    expect(choice?.message.content).not.toContain("Clouds are");
    const marked = [...messages, { role: "assistant", content: "Clouds are ", prefix: true }];
    const beta = { model: "nano", messages: marked, temperature: 0, max_tokens: 12 };
    const deepseek = await post("/beta/chat/completions", beta);
    expect(deepseek.json["choices"]).toMatchObject([{ message: { content: text?.text } }]);
    expect(deepseek.headers.get("x-sahab-dropped")).toBeNull();
    const claude = await post("/v1/messages", { model: "nano", messages: open, temperature: 0, max_tokens: 12 });
    expect(claude.json["content"]).toEqual([{ type: "text", text: text?.text ?? "" }]);
  });
});

test("chat takes llama-server's fields, and names those that it lacks", async () => {
  const { status, headers, json } = await post("/v1/chat/completions", {
    model: "nano",
    messages: [{ role: "user", content: "Well?" }],
    grammar: 'root ::= "yes" | "no"',
    dry_multiplier: 0.8,
    cache_prompt: false,
    mirostat: 2,
    typical_p: 0.5,
    samplers: ["top_k"],
    min_keep: 3,
  });
  expect(status).toBe(200);
  const [choice] = json["choices"] as { message: { content: string } }[];
  expect(["yes", "no"]).toContain(choice?.message.content ?? "");
  expect(headers.get("x-sahab-dropped")?.split(",").toSorted()).toEqual([
    "min_keep",
    "mirostat",
    "samplers",
    "typical_p",
  ]);
  const bad = await post("/v1/completions", { model: "nano", prompt: "x", grammar: "root ::= yes" });
  expect(bad.status).toBe(400);
  expect(bad.json.error).toMatchObject({
    param: "grammar",
    message: 'grammar: line 1, column 10: the rule "yes" is not defined',
  });
});

test("how a model is loaded is applied and shown, and an adapter that is not there is refused", async () => {
  const apply = (local: object, query = "?prune=1") =>
    sahab.admin(`/apply${query}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        models: [{ name: "nano", local: { file: "nano.gguf", ...local } }],
        projects: [{ name: "default" }, { name: "remotes" }],
      }),
    });
  const refused = await apply({ lora: [{ file: "gone.gguf" }] }, "?dry_run=1");
  expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("lora: there is no file")]);
  const types = { cache_type_k: "bf16", cache_type_v: "bf16" };
  expect((await apply(types)).status).toBe(200);
  expect(await sahab.adminJson("/config")).toMatchObject({ models: [{ local: types }] });
  // By the engine that was loaded anew.
  const chat = { model: "nano", messages: [{ role: "user", content: "Well?" }], max_tokens: 3 };
  expect((await post("/v1/chat/completions", chat)).status).toBe(200);
});
