import { ownValue } from "../../base/own-value.ts";
import type { vendorNames } from "../../vendor/index.ts";

/** Where a model of LiteLLM's is, by the word before the slash of its name. */
export interface Place {
  vendor: (typeof vendorNames)[number];
  region?: string;
  /** Its address, where it is a place that Sahab knows no vendor for. */
  address?: string;
  /** The variable that LiteLLM takes a key from by itself, where it is not the vendor's usual one here. */
  key?: string;
  /** A server of one's own, which needs no key and costs nothing. */
  isOwn?: true;
}

/** Undefined for words that say nothing here. */
export function placeOf(word: string): Place | undefined {
  return ownValue(places, word);
}

/** Why nothing can be made of a word of which no OpenAI-style server is known. */
export function hasOwnApi(word: string): boolean {
  return ownApis.has(word);
}

/** The word that LiteLLM adds by itself before a bare name of a model. */
export function wordOfBareName(model: string): string | undefined {
  return bareNames.find(([pattern]) => pattern.test(model))?.[1];
}

const bareNames: readonly [RegExp, string][] = [
  [/^(?:gpt-|o\d|chatgpt-|text-embedding-|dall-e|whisper|tts-|ft:|omni-moderation|computer-use|codex-)/, "openai"],
  [/^claude/, "anthropic"],
  [/^gemini/, "vertex_ai"],
  [/^command/, "cohere"],
];

/**
 * After LiteLLM's pages of providers. Addresses are those that it uses itself; unverified: that each of these places still is
 * at its address.
 */
const places: Readonly<Record<string, Place>> = {
  openai: { vendor: "openai" },
  "text-completion-openai": { vendor: "openai" },
  azure: { vendor: "azure-openai" },
  azure_text: { vendor: "azure-openai" },
  azure_ai: { vendor: "azure-openai", key: "AZURE_AI_API_KEY" },
  anthropic: { vendor: "anthropic" },
  anthropic_text: { vendor: "anthropic" },
  gemini: { vendor: "google" },
  vertex_ai: { vendor: "vertex" },
  vertex_ai_beta: { vendor: "vertex" },
  bedrock: { vendor: "bedrock" },
  bedrock_converse: { vendor: "bedrock" },
  cohere: { vendor: "cohere" },
  cohere_chat: { vendor: "cohere" },
  cerebras: { vendor: "cerebras" },
  dashscope: { vendor: "alibaba", region: "intl" },
  deepinfra: { vendor: "deepinfra" },
  deepseek: { vendor: "deepseek" },
  fireworks_ai: { vendor: "fireworks" },
  groq: { vendor: "groq" },
  huggingface: { vendor: "huggingface" },
  jina_ai: { vendor: "jina", key: "JINA_AI_API_KEY" },
  minimax: { vendor: "minimax" },
  mistral: { vendor: "mistral" },
  moonshot: { vendor: "moonshot" },
  nebius: { vendor: "nebius" },
  novita: { vendor: "novita" },
  nvidia_nim: { vendor: "nvidia", key: "NVIDIA_NIM_API_KEY" },
  openrouter: { vendor: "openrouter" },
  perplexity: { vendor: "perplexity", key: "PERPLEXITYAI_API_KEY" },
  together_ai: { vendor: "together", key: "TOGETHERAI_API_KEY" },
  volcengine: { vendor: "bytedance", key: "VOLCENGINE_API_KEY" },
  xai: { vendor: "xai" },
  xiaomi_mimo: { vendor: "xiaomi", key: "XIAOMI_MIMO_API_KEY" },
  zai: { vendor: "zhipu", region: "intl", key: "ZAI_API_KEY" },
  // Servers of one's own.
  ollama: { vendor: "ollama", isOwn: true },
  ollama_chat: { vendor: "ollama", isOwn: true },
  hosted_vllm: { vendor: "vllm", isOwn: true },
  docker_model_runner: { vendor: "compatible", isOwn: true },
  lemonade: { vendor: "compatible", isOwn: true },
  litellm_proxy: { vendor: "compatible", key: "LITELLM_PROXY_API_KEY" },
  llamafile: { vendor: "compatible", isOwn: true },
  lm_studio: { vendor: "compatible", isOwn: true },
  xinference: { vendor: "compatible", isOwn: true },
  custom_openai: { vendor: "compatible" },
  openai_like: { vendor: "compatible" },
  // Services in OpenAI's form that Sahab has no vendor of.
  ai21_chat: { vendor: "compatible", address: "https://api.ai21.com/studio/v1", key: "AI21_API_KEY" },
  aiml: { vendor: "compatible", address: "https://api.aimlapi.com/v1", key: "AIML_API_KEY" },
  baseten: { vendor: "compatible", address: "https://inference.baseten.co/v1", key: "BASETEN_API_KEY" },
  codestral: { vendor: "compatible", address: "https://codestral.mistral.ai/v1", key: "CODESTRAL_API_KEY" },
  featherless_ai: { vendor: "compatible", address: "https://api.featherless.ai/v1", key: "FEATHERLESS_AI_API_KEY" },
  friendliai: { vendor: "compatible", address: "https://api.friendli.ai/serverless/v1", key: "FRIENDLI_TOKEN" },
  github: { vendor: "compatible", address: "https://models.github.ai/inference", key: "GITHUB_API_KEY" },
  hyperbolic: { vendor: "compatible", address: "https://api.hyperbolic.xyz/v1", key: "HYPERBOLIC_API_KEY" },
  lambda_ai: { vendor: "compatible", address: "https://api.lambda.ai/v1", key: "LAMBDA_API_KEY" },
  meta_llama: { vendor: "compatible", address: "https://api.llama.com/compat/v1", key: "LLAMA_API_KEY" },
  morph: { vendor: "compatible", address: "https://api.morphllm.com/v1", key: "MORPH_API_KEY" },
  nscale: { vendor: "compatible", address: "https://inference.api.nscale.com/v1", key: "NSCALE_API_KEY" },
  sambanova: { vendor: "compatible", address: "https://api.sambanova.ai/v1", key: "SAMBANOVA_API_KEY" },
  v0: { vendor: "compatible", address: "https://api.v0.dev/v1", key: "V0_API_KEY" },
  vercel_ai_gateway: {
    vendor: "compatible",
    address: "https://ai-gateway.vercel.sh/v1",
    key: "VERCEL_AI_GATEWAY_API_KEY",
  },
  wandb: { vendor: "compatible", address: "https://api.inference.wandb.ai/v1", key: "WANDB_API_KEY" },
};

const ownApis: ReadonlySet<string> = new Set([
  "aleph_alpha",
  "assemblyai",
  "aws_polly",
  "azure_speech",
  "clarifai",
  "deepgram",
  "elevenlabs",
  "fal_ai",
  "github_copilot",
  "infinity",
  "nlp_cloud",
  "oci",
  "oobabooga",
  "palm",
  "petals",
  "predibase",
  "recraft",
  "replicate",
  "runwayml",
  "sagemaker",
  "sagemaker_chat",
  "snowflake",
  "stability",
  "topaz",
  "triton",
  "vllm",
  "voyage",
  "watsonx",
  "watsonx_text",
]);
