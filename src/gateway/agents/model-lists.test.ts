import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import { afterAll, beforeAll, expect, test } from "bun:test";
import OpenAI from "openai";
import { join } from "node:path";
import { z } from "zod";
import { eventually } from "../../testing/eventually.ts";
import { writeRandomModel } from "../../testing/gguf/random-model.ts";
import { runSahab, type TestSahab } from "../../testing/run-sahab.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";

// What pickers of programs read of models, from the running program with all that the catalogue knows of some vendors.

let sahab: TestSahab;
const folder = makeTemporaryFolder();

const target = (provider: string, model: string) => ({ provider, model });
const env = Object.fromEntries(
  ["ANTHROPIC", "GEMINI", "DEEPSEEK", "DASHSCOPE", "XAI", "MISTRAL", "OPENROUTER", "AZURE_OPENAI"].map((vendor) => [
    `${vendor}_API_KEY`,
    `sk-${vendor.toLowerCase()}-key-of-a-test`,
  ]),
);

beforeAll(async () => {
  const thinker = join(folder, "thinker.gguf");
  const chatTemplate = "{%- for m in messages %}{{- m.role + m.content }}{%- endfor %}{{- '<think>\\n' }}";
  await writeRandomModel(thinker, { architecture: "llama", seed: 7, chatTemplate });
  sahab = await runSahab({
    env: { ...env, OPENAI_API_KEY: "sk-openai-key-of-a-test", SAHAB_MODEL_FOLDERS: folder },
    config: {
      providers: [{ name: "own", vendor: "compatible", base_url: "http://127.0.0.1:1/v1" }],
      models: [
        { name: "small", local: { file: "nano.gguf", context: 4096 } },
        { name: "thinker", local: { file: thinker, context: 512, slots: 1 } },
        { name: "either", targets: [target("openai", "gpt-4o"), target("anthropic", "claude-sonnet-4-5")] },
        {
          name: "backed",
          local: { file: "nano.gguf", context: 2048 },
          targets: [target("openai", "gpt-4o")],
          price: "free",
        },
        {
          name: "half",
          targets: [target("openai", "gpt-4o"), target("own", "unheard-of")],
          price: { currency: "USD", input: 1, output: 2 },
        },
        { name: "told", targets: [target("own", "qwen")], price: "free", context: 131_072, output: 16_384 },
        { name: "dear", targets: [target("openai", "gpt-4o")], charge: { factor: 1.1 } },
        { name: "yuan", targets: [target("own", "q")], price: { currency: "CNY", input: 1, output: 2 } },
        {
          name: "tiered",
          targets: [target("own", "q")],
          price: { currency: "USD", input: 1, output: 2, tiers: [{ above: 100, input: 2, output: 4 }] },
        },
      ],
      aliases: { "claude-sonnet-9": "small" },
      projects: [{ name: "default" }],
    },
  });
});
afterAll(async () => {
  await sahab?.close();
  removeTemporaryFolder(folder);
});

const get = async (path: string, headers: Record<string, string> = {}) =>
  await fetch(sahab.address + path, { headers: { authorization: `Bearer ${sahab.adminKey}`, ...headers } });
const model = async (name: string) => (await (await get(`/v1/models/${name}`)).json()) as Record<string, unknown>;
const list = async () => ((await (await get("/v1/models")).json()) as { data: Record<string, unknown>[] }).data;

test("a model of the catalogue has its limits, what it takes, can do and costs, under the names that programs look for", async () => {
  expect(await model("openai/gpt-5")).toEqual({
    id: "openai/gpt-5",
    object: "model",
    created: Date.parse("2025-08-07") / 1000,
    owned_by: "openai",
    name: "GPT-5",
    context_length: 400_000,
    max_completion_tokens: 128_000,
    max_model_len: 400_000,
    top_provider: { context_length: 400_000, max_completion_tokens: 128_000 },
    architecture: { input_modalities: ["text", "image"], output_modalities: ["text"] },
    supported_parameters: [
      "max_tokens",
      "tools",
      "tool_choice",
      "response_format",
      "structured_outputs",
      "reasoning",
      "reasoning_effort",
    ],
    capabilities: {
      type: "chat",
      limits: { max_context_window_tokens: 400_000, max_prompt_tokens: 272_000, max_output_tokens: 128_000 },
      supports: { streaming: true, tool_calls: true, vision: true, thinking: true },
    },
    pricing: { prompt: "0.00000125", completion: "0.00001", input_cache_read: "0.000000125" },
  });
  expect(await model("claude-sonnet-4-5")).toMatchObject({
    pricing: {
      prompt: "0.000003",
      completion: "0.000015",
      input_cache_read: "0.0000003",
      input_cache_write: "0.00000375",
    },
  });
});

test("a local model has the context of its slots, and a bound for answers that leaves room for the prompt", async () => {
  const small = await model("small");
  expect(small).toMatchObject({
    name: "small",
    context_length: 4096,
    max_model_len: 4096,
    max_completion_tokens: 1024,
    supported_parameters: [
      "max_tokens",
      "temperature",
      "top_p",
      "tools",
      "tool_choice",
      "response_format",
      "structured_outputs",
    ],
    architecture: { input_modalities: ["text"] },
    capabilities: { supports: { tool_calls: true, vision: false } },
    pricing: { prompt: "0", completion: "0" },
  });
  // What opencode leaves for a prompt with these as its `limit`; with nothing left it compacts after each step.
  const [context, output] = [Number(small["context_length"]), Number(small["max_completion_tokens"])];
  expect(context - output - Math.min(20_000, output)).toBe(context / 2);
  const { id, ...rest } = await model("claude-sonnet-9");
  expect(id).toBe("claude-sonnet-9");
  expect(rest).toEqual({ ...small, id: undefined, name: "claude-sonnet-9" });
});

test("a model of a server of one's own has the limits that the configuration tells", async () => {
  expect(await model("told")).toMatchObject({
    context_length: 131_072,
    max_model_len: 131_072,
    max_completion_tokens: 16_384,
    capabilities: { limits: { max_context_window_tokens: 131_072, max_output_tokens: 16_384 } },
  });
  const codex = (await (await get("/v1/models?client_version=0.169.0")).json()) as { models: { slug: string }[] };
  expect(codex.models.find(({ slug }) => slug === "told")).toMatchObject({ context_window: 131_072 });
  const gemini = await (await get("/v1beta/models/told")).json();
  expect(gemini).toMatchObject({ inputTokenLimit: 131_072, outputTokenLimit: 16_384 });
  const anthropic = await (await get("/v1/models/told", { "anthropic-version": "2023-06-01" })).json();
  expect(anthropic).toMatchObject({ max_input_tokens: 131_072, max_tokens: 16_384 });
});

test("a local model whose template knows of thoughts is told as one that thinks, once its engine has said so", async () => {
  const told = () => model("thinker");
  await eventually("the engine's word", async () => JSON.stringify(await told()).includes('"reasoning"'));
  expect(await told()).toMatchObject({ capabilities: { supports: { thinking: true } } });
  expect(JSON.stringify(await model("small"))).not.toContain("reasoning");
});

test("of several targets what holds at each is told, and nothing that is not known of one", async () => {
  expect(await model("either")).toMatchObject({
    context_length: 128_000,
    max_completion_tokens: 16_384,
    architecture: { input_modalities: ["text", "image", "file"] },
    supported_parameters: ["max_tokens", "temperature", "top_p", "tools", "tool_choice"],
    capabilities: { supports: { tool_calls: true, vision: true } },
  });
  expect(await model("either")).not.toHaveProperty("pricing");
  expect(await model("backed")).toMatchObject({
    context_length: 2048,
    max_completion_tokens: 512,
    pricing: { prompt: "0" },
  });
  expect(Object.keys(await model("half"))).toEqual(["id", "object", "created", "owned_by", "name", "pricing"]);
});

test("a price is what the caller is charged, exactly, and absent where it is not one number of USD", async () => {
  expect(await model("dear")).toMatchObject({
    pricing: { prompt: "0.00000275", completion: "0.000011", input_cache_read: "0.000001375" },
  });
  for (const name of ["yuan", "tiered", "gemini-2.5-pro"]) expect(await model(name)).not.toHaveProperty("pricing");
});

test("a model for vectors is no chat model, and the length of a vector is no bound of an answer", async () => {
  const vectors = await model("text-embedding-3-small");
  expect(vectors).toMatchObject({
    context_length: 8191,
    architecture: { output_modalities: ["embeddings"] },
    capabilities: { type: "embeddings" },
  });
  for (const field of ["max_completion_tokens", "supported_parameters"]) expect(vectors).not.toHaveProperty(field);
  const google = new GoogleGenAI({ apiKey: sahab.adminKey, httpOptions: { baseUrl: sahab.address } });
  const methods = async (name: string) => (await google.models.get({ model: name })).supportedActions;
  expect(await methods("gemini-embedding-001")).toEqual(["embedContent", "batchEmbedContents"]);
  expect(await methods("gemini-2.5-flash")).toEqual(["generateContent", "countTokens"]);
  expect(await methods("small")).toEqual(["generateContent", "countTokens", "embedContent", "batchEmbedContents"]);
});

test("nothing is zero, null or empty, and every number is one", async () => {
  const walk = (value: unknown, path: string): void => {
    if (Array.isArray(value)) expect([path, value.length > 0]).toEqual([path, true]);
    else if (typeof value === "object") {
      expect([path, value]).not.toEqual([path, null]);
      expect([path, Object.keys(value ?? {}).length > 0]).toEqual([path, true]);
      for (const [key, inner] of Object.entries(value ?? {})) walk(inner, `${path}.${key}`);
    } else if (typeof value === "number")
      expect([path, Number.isSafeInteger(value) && value > 0]).toEqual([path, true]);
    else if (path.includes(".pricing.")) expect(value).toMatch(/^(?:0|\d+\.\d*[1-9]|[1-9]\d*)$/);
  };
  for (const one of await list()) walk(one, String(one["id"]));
});

/** As Roo and its kin check OpenRouter's list; a list that does not fit is used all the same, with a complaint. */
const rooModel = z.object({
  id: z.string(),
  name: z.string(),
  context_length: z.number(),
  max_completion_tokens: z.number().nullish(),
  pricing: z
    .object({
      prompt: z.string().nullish(),
      completion: z.string().nullish(),
      input_cache_write: z.string().nullish(),
      input_cache_read: z.string().nullish(),
    })
    .optional(),
  architecture: z
    .object({ input_modalities: z.array(z.string()).nullish(), output_modalities: z.array(z.string()).nullish() })
    .optional(),
  top_provider: z.object({ max_completion_tokens: z.number().nullish() }).optional(),
  supported_parameters: z.array(z.string()).optional(),
});

test("programs and SDKs read it, and hundreds of models are a short list", async () => {
  const all = await list();
  const chats = all.filter((one) => one["context_length"] !== undefined);
  expect(chats.length).toBeGreaterThan(200);
  for (const one of chats) expect(rooModel.safeParse(one).success).toBe(true);
  const names: string[] = [];
  for await (const one of new OpenAI({ apiKey: sahab.adminKey, baseURL: `${sahab.address}/v1` }).models.list())
    names.push(one.id);
  expect(names).toEqual(all.map(({ id }) => id as string));
  const anthropic = new Anthropic({ apiKey: sahab.adminKey, baseURL: sahab.address, maxRetries: 0 });
  expect(await anthropic.models.retrieve("small")).toMatchObject({ max_input_tokens: 4096, max_tokens: 1024 });
  const text = await (await get("/v1/models")).text();
  expect(text.length / all.length).toBeLessThan(700);
});
