import { olderRerankVariant } from "../dialect/openai-chat/variants.ts";
import type { Vendor } from "./vendor.ts";

/** Cohere (https://docs.cohere.com): reranking by its own API, all else by its OpenAI-style one. */
export const cohere: Vendor = {
  baseUrl: "https://api.cohere.com",
  keyVariables: ["COHERE_API_KEY", "CO_API_KEY"],
  apis: ["chat"],
  address: (baseUrl) => `${rootOf(baseUrl)}/compatibility/v1`,
  elsewhere: (baseUrl, { operation, variant }) =>
    operation === "rerank" ? `${rootOf(baseUrl)}/${variant === olderRerankVariant ? "v1" : "v2"}/rerank` : undefined,
  // https://docs.cohere.com/reference/list-models
  modelList: (baseUrl) => `${rootOf(baseUrl)}/v1/models?page_size=1000`,
  hasVariants: true,
  authorize: (apiKey) => ({ authorization: `Bearer ${apiKey}` }),
};

function rootOf(baseUrl: string): string {
  return baseUrl.replace(/\/(?:compatibility\/)?v\d+$/, "");
}
