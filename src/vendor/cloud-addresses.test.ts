import { afterEach, expect, test } from "bun:test";
import type { Operation } from "../call/index.ts";
import { dialects } from "../dialect/registry.ts";
import { baseAddressOf, describeMissingAddress } from "./base-address.ts";
import { Provider, type ProviderOptions } from "./provider.ts";
import { vendors } from "./registry.ts";

// Where the large vendors are called, model by model.

const names = ["AWS_REGION", "AZURE_RESOURCE_NAME", "GOOGLE_VERTEX_PROJECT", "GOOGLE_VERTEX_LOCATION"] as const;
const before = names.map((name) => [name, process.env[name]] as const);
const project = { GOOGLE_VERTEX_PROJECT: "p-1" };

afterEach(() => {
  for (const [name, value] of before)
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
});

type Given = Omit<ProviderOptions, "name"> & { variables?: Record<string, string> };

function addressOf(
  { variables = {}, ...options }: Given,
  model: string,
  client = "openai-chat",
  stream = false,
  operation: Operation = "chat",
) {
  Object.assign(process.env, variables);
  const provider = new Provider({ name: "p", api_key: "k", ...options }, dialects);
  const dialect = provider.dialectFor(client, undefined, model);
  return provider.endpoint(dialect, operation, { model, stream })?.url.href;
}

const bedrockHost = "https://bedrock-runtime.us-east-1.amazonaws.com";
const vertexHost = (place: string) => `https://${place}-aiplatform.googleapis.com/v1/projects/p-1/locations/${place}`;
const azure = { AZURE_RESOURCE_NAME: "mine" };
const openai = "https://api.openai.com/v1";

test.each<[Given, string, string]>([
  [{ vendor: "alibaba" }, "qwen-plus", "https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions"],
  [
    { vendor: "alibaba", region: "intl" },
    "qwen-plus",
    "https://dashscope-intl.aliyuncs.com/compatible-mode/v1/chat/completions",
  ],
  [
    { vendor: "alibaba", region: "us" },
    "qwen-plus",
    "https://dashscope-us.aliyuncs.com/compatible-mode/v1/chat/completions",
  ],
  [
    { vendor: "alibaba", region: "hk" },
    "qwen-plus",
    "https://cn-hongkong.dashscope.aliyuncs.com/compatible-mode/v1/chat/completions",
  ],
  [
    { vendor: "alibaba", base_url: "https://ws-1.ap-southeast-1.maas.aliyuncs.com", apis: ["responses"] },
    "qwen-plus",
    "https://ws-1.ap-southeast-1.maas.aliyuncs.com/compatible-mode/v1/responses",
  ],
  [
    {
      vendor: "alibaba",
      base_url: "https://dashscope.aliyuncs.com/api/v2/apis/protocols/compatible-mode/v1",
      apis: ["responses"],
    },
    "qwen-plus",
    "https://dashscope.aliyuncs.com/compatible-mode/v1/responses",
  ],
  [{ vendor: "bytedance", region: "intl" }, "ep-1", "https://ark.ap-southeast.bytepluses.com/api/v3/chat/completions"],
  [
    { vendor: "bytedance", base_url: "https://ark.cn-beijing.volces.com" },
    "ep-1",
    "https://ark.cn-beijing.volces.com/api/v3/chat/completions",
  ],
  [{ vendor: "bytedance", apis: ["messages"] }, "ep-1", "https://ark.cn-beijing.volces.com/api/compatible/v1/messages"],
  [{ vendor: "deepseek", apis: ["responses"] }, "deepseek-flash", "https://api.deepseek.com/responses"],
  [{ vendor: "openai" }, "gpt-5.2", `${openai}/chat/completions`],
  [{ vendor: "openai" }, "gpt-5.2-2026-01-01", `${openai}/chat/completions`],
  [{ vendor: "openai" }, "o3", `${openai}/chat/completions`],
  ...[
    "gpt-5-pro",
    "gpt-5.2-pro",
    "gpt-5.3-codex-spark",
    "gpt-5-codex",
    "o1-pro",
    "o3-pro-2025-06-10",
    "o4-mini-deep-research",
  ].map((model): [Given, string, string] => [{ vendor: "openai" }, model, `${openai}/responses`]),
  [{ vendor: "azure-openai", variables: azure }, "my-gpt", "https://mine.openai.azure.com/openai/v1/chat/completions"],
  [{ vendor: "azure-openai", variables: azure }, "gpt-5.2-codex", "https://mine.openai.azure.com/openai/v1/responses"],
  [
    { vendor: "azure-openai", variables: azure },
    "claude-sonnet-4-5",
    "https://mine.services.ai.azure.com/anthropic/v1/messages",
  ],
  [
    { vendor: "azure-openai", base_url: "https://a.openai.azure.com/openai/v1/" },
    "x",
    "https://a.openai.azure.com/openai/v1/chat/completions",
  ],
  [
    { vendor: "azure-openai", base_url: "https://a.openai.azure.com/openai/deployments" },
    "my gpt",
    "https://a.openai.azure.com/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21",
  ],
  [
    { vendor: "azure-openai", base_url: "https://a.openai.azure.com/openai/deployments/2025-04-01-preview" },
    "x",
    "https://a.openai.azure.com/openai/deployments/x/chat/completions?api-version=2025-04-01-preview",
  ],
  [
    { vendor: "bedrock", variables: { AWS_REGION: "us-east-1" } },
    "anthropic.claude-opus-4-7",
    `${bedrockHost}/model/anthropic.claude-opus-4-7/invoke`,
  ],
  [
    { vendor: "bedrock", region: "us-east-1" },
    "us.anthropic.claude-x-v1:0",
    `${bedrockHost}/model/us.anthropic.claude-x-v1%3A0/invoke`,
  ],
  [{ vendor: "bedrock", region: "us-east-1" }, "openai.gpt-oss-120b-1:0", `${bedrockHost}/openai/v1/chat/completions`],
  [
    { vendor: "vertex", region: "us-central1", variables: project },
    "gemini-3-pro",
    `${vertexHost("us-central1")}/publishers/google/models/gemini-3-pro:generateContent`,
  ],
  [
    { vendor: "vertex", variables: { ...project, GOOGLE_VERTEX_LOCATION: "europe-west1" } },
    "claude-opus@20260101",
    `${vertexHost("europe-west1")}/publishers/anthropic/models/claude-opus@20260101:rawPredict`,
  ],
  [
    { vendor: "vertex", region: "global", variables: project },
    "meta/llama-maas",
    "https://aiplatform.googleapis.com/v1/projects/p-1/locations/global/endpoints/openapi/chat/completions",
  ],
  [
    { vendor: "vertex", region: "eu", variables: project },
    "claude-opus@20260101",
    "https://aiplatform.eu.rep.googleapis.com/v1/projects/p-1/locations/eu/publishers/anthropic/models/claude-opus@20260101:rawPredict",
  ],
])("%j %s", (given, model, address) => {
  expect(addressOf(given, model)).toBe(address);
});

test("images at Azure are below a deployment in the older form, and elsewhere only where a vendor has them", () => {
  const imagesAt = (options: Given) => addressOf(options, "gpt-image", "openai-chat", false, "image-generation");
  expect(imagesAt({ vendor: "azure-openai", variables: azure })).toBe(
    "https://mine.openai.azure.com/openai/v1/images/generations",
  );
  expect(imagesAt({ vendor: "azure-openai", base_url: "https://a.openai.azure.com/openai/deployments" })).toBe(
    "https://a.openai.azure.com/openai/deployments/gpt-image/images/generations?api-version=2024-10-21",
  );
  expect(imagesAt({ vendor: "together" })).toBe("https://api.together.ai/v1/images/generations");
  expect(imagesAt({ vendor: "groq" })).toBeUndefined();
  expect(imagesAt({ vendor: "bedrock", region: "us-east-1" })).toBeUndefined();
});

test("a stream of a Gemini model on Vertex has an address of its own", () => {
  const given: Given = { vendor: "vertex", region: "global", variables: project };
  expect(addressOf(given, "gemini-3-pro", "anthropic-messages", true)).toEndWith(
    "/publishers/google/models/gemini-3-pro:streamGenerateContent?alt=sse",
  );
});

test.each(["evil.example/", "a.b", "x@y", "..", "a/../b", "#", "a?b"])(
  "a region or a variable cannot lead to another host: %s",
  (word) => {
    expect(baseAddressOf(vendors.bedrock, { region: word }, {})).toBeUndefined();
    expect(baseAddressOf(vendors["azure-openai"], {}, { AZURE_RESOURCE_NAME: word })).toBeUndefined();
    expect(baseAddressOf(vendors.vertex, { region: "eu" }, { GOOGLE_VERTEX_PROJECT: word })).toBeUndefined();
  },
);

test("what is missing of an address is named, and the provider is not called", async () => {
  delete process.env["AZURE_RESOURCE_NAME"];
  const provider = new Provider({ name: "p", vendor: "azure-openai" }, dialects);
  expect(provider.addressFault).toContain("AZURE_RESOURCE_NAME");
  expect(describeMissingAddress(vendors.vertex)).toContain(
    "environment GOOGLE_VERTEX_LOCATION or GOOGLE_CLOUD_LOCATION (or give region), and GOOGLE_VERTEX_PROJECT",
  );
});
