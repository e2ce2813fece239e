import { passedPaths } from "../dialect/openai-passed/index.ts";
import { responsesOnly } from "./openai.ts";
import { openaiBatch } from "./openai-batch.ts";
import type { Vendor } from "./vendor.ts";

/**
 * Azure OpenAI and Azure's Foundry (https://learn.microsoft.com/azure/ai-foundry/openai/reference). A model is the name of a
 * deployment. A base address that ends in `/openai/deployments` is of the older form, whose version may follow it.
 */
export const azureOpenai: Vendor = {
  baseUrl: "https://{resource}.openai.azure.com",
  addressVariables: { resource: ["AZURE_RESOURCE_NAME", "AZURE_OPENAI_RESOURCE_NAME"] },
  // That of OpenAI's SDK for Azure.
  baseUrlVariable: "AZURE_OPENAI_ENDPOINT",
  keyVariables: ["AZURE_API_KEY", "AZURE_OPENAI_API_KEY"],
  catalogParts: { "": "azure" },
  apis: ["chat", "responses", "messages"],
  // Images and audio in its reference of the v1 API (preview-latest). Unverified: that all of them go without `api-version=preview`.
  operations: ["image-generation", "image-edit", "transcription", "translation", "speech"],
  modelApis: [
    { models: /claude/i, apis: ["messages"] },
    { models: responsesOnly, apis: ["responses"] },
    { models: /./, apis: ["chat", "responses"] },
  ],
  // https://learn.microsoft.com/azure/foundry/reference/rest/batches-create-batch; its models are deployments of type "Global Batch".
  batch: {
    // Unverified: that it lists batches as OpenAI does.
    ...openaiBatch,
    paths: {
      chat: { chat: "/v1/chat/completions", completion: "/v1/completions", embedding: "/v1/embeddings" },
      responses: { chat: "/v1/responses" },
    },
  },
  address: (baseUrl, api) =>
    api === "messages" ? `${claudeHostOf(baseUrl)}/anthropic` : `${baseUrl.replace(ending, "")}/openai/v1`,
  elsewhere(baseUrl, { api, operation, model }) {
    const version = olderForm.exec(baseUrl)?.[1];
    const path = api === "chat" ? olderPaths[operation] : undefined;
    if (version === undefined || path === undefined) return undefined;
    const base = `${baseUrl.replace(ending, "")}/openai/deployments`;
    return `${base}/${encodeURIComponent(model)}${path}?api-version=${version || defaultVersion}`;
  },
  modelList(baseUrl) {
    const version = olderForm.exec(baseUrl)?.[1];
    const base = `${baseUrl.replace(ending, "")}/openai`;
    return version === undefined ? `${base}/v1/models` : `${base}/models?api-version=${version || defaultVersion}`;
  },
  // It lists the models that can be deployed, and not the deployments, whose names are anybody's choice.
  unlisted: /./,
  authorize: (apiKey, api) => (api === "messages" ? { "x-api-key": apiKey } : { "api-key": apiKey }),
  headers: { messages: { "anthropic-version": "2023-06-01" } },
  requestIdHeader: "apim-request-id",
  silentThinkers: /(?:^|\/)(?:o\d|gpt-5)/,
  quirks: { maxTokensField: "max_completion_tokens", systemTurns: { chat: /./ } },
};

/** The last version of the older form that is no preview. */
const defaultVersion = "2024-10-21";
const olderForm = /\/openai\/deployments\/?([\w.-]*)$/;
/** What people copy behind the host. */
const ending = /\/(?:openai(?:\/v1|\/deployments(?:\/[\w.-]+)?)?|anthropic(?:\/v1)?)$/;

const olderPaths: Readonly<Record<string, string>> = {
  ...passedPaths,
  chat: "/chat/completions",
  completion: "/completions",
  embedding: "/embeddings",
};

/** Claude is at another host of the same resource. */
function claudeHostOf(baseUrl: string): string {
  return baseUrl.replace(ending, "").replace(/^(https:\/\/[\w-]+)\.openai\.azure\.com$/, "$1.services.ai.azure.com");
}
