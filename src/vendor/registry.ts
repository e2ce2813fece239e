import type { PassedOperation } from "../call/index.ts";
import { alibaba } from "./alibaba.ts";
import { anthropic } from "./anthropic.ts";
import { azureOpenai } from "./azure-openai.ts";
import { bedrock } from "./bedrock.ts";
import { bytedance } from "./bytedance.ts";
import { cerebras } from "./cerebras.ts";
import { cohere } from "./cohere.ts";
import { compatible } from "./compatible.ts";
import { deepinfra } from "./deepinfra.ts";
import { deepseek } from "./deepseek.ts";
import { fireworks } from "./fireworks.ts";
import { google } from "./google.ts";
import { groq } from "./groq.ts";
import { huggingface } from "./huggingface.ts";
import { jina } from "./jina.ts";
import { minimax } from "./minimax.ts";
import { mistral } from "./mistral.ts";
import { modelscope } from "./modelscope.ts";
import { moonshot } from "./moonshot.ts";
import { nebius } from "./nebius.ts";
import { novita } from "./novita.ts";
import { nvidia } from "./nvidia.ts";
import { ollama, ollamaCloud } from "./ollama.ts";
import { openai } from "./openai.ts";
import { openrouter } from "./openrouter.ts";
import { perplexity } from "./perplexity.ts";
import { qiniu } from "./qiniu.ts";
import { siliconflow } from "./siliconflow.ts";
import { stepfun } from "./stepfun.ts";
import { tencent } from "./tencent.ts";
import { together } from "./together.ts";
import type { Vendor } from "./vendor.ts";
import { vertex } from "./vertex.ts";
import { vllm } from "./vllm.ts";
import { xai } from "./xai.ts";
import { xiaomi } from "./xiaomi.ts";
import { zhipu } from "./zhipu.ts";

export const vendorNames = [
  "alibaba",
  "anthropic",
  "azure-openai",
  "bedrock",
  "bytedance",
  "cerebras",
  "cohere",
  "compatible",
  "deepinfra",
  "deepseek",
  "fireworks",
  "google",
  "groq",
  "huggingface",
  "jina",
  "minimax",
  "mistral",
  "modelscope",
  "moonshot",
  "nebius",
  "novita",
  "nvidia",
  "ollama",
  "ollama-cloud",
  "openai",
  "openrouter",
  "perplexity",
  "qiniu",
  "siliconflow",
  "stepfun",
  "tencent",
  "together",
  "vertex",
  "vllm",
  "xai",
  "xiaomi",
  "zhipu",
] as const;

/** Every vendor by the name that a cloud.yaml gives it. */
export const vendors: Record<(typeof vendorNames)[number], Vendor> = {
  alibaba,
  anthropic,
  "azure-openai": azureOpenai,
  bedrock,
  bytedance,
  cerebras,
  cohere,
  compatible,
  deepinfra,
  deepseek,
  fireworks,
  google,
  groq,
  huggingface,
  jina,
  minimax,
  mistral,
  modelscope,
  moonshot,
  nebius,
  novita,
  nvidia,
  ollama,
  "ollama-cloud": ollamaCloud,
  openai,
  openrouter,
  perplexity,
  qiniu,
  siliconflow,
  stepfun,
  tencent,
  together,
  vertex,
  vllm,
  xai,
  xiaomi,
  zhipu,
};

/** The names of those that have an operation. */
export function vendorsWith(operation: PassedOperation): string[] {
  return vendorNames.filter((name) => vendors[name].operations?.includes(operation));
}
