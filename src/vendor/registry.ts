import { alibaba } from "./alibaba.ts";
import { anthropic } from "./anthropic.ts";
import { azureOpenai } from "./azure-openai.ts";
import { bedrock } from "./bedrock.ts";
import { bytedance } from "./bytedance.ts";
import { cohere } from "./cohere.ts";
import { compatible } from "./compatible.ts";
import { deepseek } from "./deepseek.ts";
import { google } from "./google.ts";
import { jina } from "./jina.ts";
import { openai } from "./openai.ts";
import type { Vendor } from "./vendor.ts";
import { vertex } from "./vertex.ts";
import { vllm } from "./vllm.ts";
import { xai } from "./xai.ts";

export const vendorNames = [
  "alibaba",
  "anthropic",
  "azure-openai",
  "bedrock",
  "bytedance",
  "cohere",
  "compatible",
  "deepseek",
  "google",
  "jina",
  "openai",
  "vertex",
  "vllm",
  "xai",
] as const;

/** Every vendor by the name that a cloud.yaml gives it. */
export const vendors: Record<(typeof vendorNames)[number], Vendor> = {
  alibaba,
  anthropic,
  "azure-openai": azureOpenai,
  bedrock,
  bytedance,
  cohere,
  compatible,
  deepseek,
  google,
  jina,
  openai,
  vertex,
  vllm,
  xai,
};
