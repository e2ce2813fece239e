import { findSimilar } from "../base/find-similar.ts";
import { ownValue } from "../base/own-value.ts";
import { catalogPartsOf } from "./catalog-part.ts";
import { vendorNames } from "./registry.ts";

type VendorName = (typeof vendorNames)[number];

/** The vendor that a word most probably means which is no vendor's name here: a misspelling, a name of models.dev, a product. */
export function vendorMeant(text: string): VendorName | undefined {
  const word = text
    .slice(0, 64)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "");
  const known = ownValue(otherNames, word) ?? partOwners.get(word);
  if (known !== undefined) return known;
  const similar = findSimilar(text, vendorNames);
  return vendorNames.find((name) => name === similar);
}

/** Words are in small letters and digits alone. */
const otherNames: Readonly<Record<string, VendorName>> = {
  amazon: "bedrock",
  aws: "bedrock",
  azure: "azure-openai",
  bailian: "alibaba",
  chatgpt: "openai",
  claude: "anthropic",
  dashscope: "alibaba",
  doubao: "bytedance",
  gcp: "vertex",
  gemini: "google",
  glm: "zhipu",
  googlegemini: "google",
  gpt: "openai",
  grok: "xai",
  hf: "huggingface",
  hunyuan: "tencent",
  kimi: "moonshot",
  litellm: "compatible",
  llamacpp: "compatible",
  lmstudio: "compatible",
  localai: "compatible",
  mimo: "xiaomi",
  nim: "nvidia",
  openaicompatible: "compatible",
  qwen: "alibaba",
  sglang: "compatible",
  vertexai: "vertex",
  volcengine: "bytedance",
};

const partOwners: ReadonlyMap<string, VendorName> = new Map(
  vendorNames.flatMap((name) =>
    catalogPartsOf(name).map((part): [string, VendorName] => [part.replace(/[^a-z0-9]/g, ""), name]),
  ),
);
