import type { PassedOperation } from "../call/index.ts";
import { alibaba } from "./alibaba.ts";
import { anthropic } from "./anthropic.ts";
import { bytedance } from "./bytedance.ts";
import { cohere } from "./cohere.ts";
import { compatible } from "./compatible.ts";
import { deepseek } from "./deepseek.ts";
import { google } from "./google.ts";
import { jina } from "./jina.ts";
import { openai } from "./openai.ts";
import type { Vendor } from "./vendor.ts";
import { vllm } from "./vllm.ts";
import { xai } from "./xai.ts";

export const vendorNames = [
  "alibaba",
  "anthropic",
  "bytedance",
  "cohere",
  "compatible",
  "deepseek",
  "google",
  "jina",
  "openai",
  "vllm",
  "xai",
] as const;

/** Every vendor by the name that a cloud.yaml gives it. */
export const vendors: Record<(typeof vendorNames)[number], Vendor> = {
  alibaba,
  anthropic,
  bytedance,
  cohere,
  compatible,
  deepseek,
  google,
  jina,
  openai,
  vllm,
  xai,
};

/** The names of those that have an operation. */
export function vendorsWith(operation: PassedOperation): string[] {
  return vendorNames.filter((name) => vendors[name].operations?.includes(operation));
}
