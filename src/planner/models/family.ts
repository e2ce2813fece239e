import { PlanFault } from "../sheet/plan-fault.ts";

/** What a family's code decides, which its `config.json` does not say. Source: the modeling files of `transformers` 4.57. */
export interface Family {
  /** Three matrices in a feed-forward part instead of two. */
  isGated: boolean;
  norms: {
    /** In each layer, of the model's width. */
    count: number;
    /** LayerNorm has a bias beside its weight. */
    hasBias: boolean;
    /** Of each head's queries and keys: always, or where `use_qk_norm` says so. */
    ofHeads?: "always" | "stated";
  };
  bias: {
    /** Of queries, keys and values; and of the output. Where `attention_bias` decides it is "stated". */
    queries: boolean | "stated";
    output: boolean | "stated";
    feedForward: boolean | "stated";
    /** Of each expert and of what chooses them. */
    experts?: boolean;
    scores?: boolean;
  };
  /** Where `tie_word_embeddings` is not given. */
  isTied: boolean;
  /** Numbers of each head that are learned beside its weights (gpt-oss: attention sinks). */
  perHead?: number;
  /** One layer in how many sees everything, where neither `layer_types` nor `sliding_window_pattern` says. 0: no layer does. */
  fullLayerEvery?: number;
  /** A norm behind the table of embeddings. */
  hasEmbeddingNorm?: boolean;
}

const llama: Family = {
  isGated: true,
  norms: { count: 2, hasBias: false },
  bias: { queries: "stated", output: "stated", feedForward: "stated" },
  isTied: false,
};
const plain = { queries: false, output: false, feedForward: false } as const;
const qwen2: Family = { ...llama, bias: { ...plain, queries: true } };
const qwen3: Family = { ...llama, norms: { ...llama.norms, ofHeads: "always" } };
const deepseek: Family = { ...llama, bias: plain };
const gemma2: Family = {
  ...llama,
  norms: { count: 4, hasBias: false },
  isTied: true,
  fullLayerEvery: 2,
};
const gemma3: Family = { ...gemma2, norms: { ...gemma2.norms, ofHeads: "always" }, fullLayerEvery: 6 };

/** By `model_type`. */
const families: Readonly<Record<string, Family>> = {
  llama,
  mistral: { ...llama, bias: plain, fullLayerEvery: 0 },
  mixtral: { ...llama, bias: plain, fullLayerEvery: 0 },
  qwen2,
  qwen2_moe: qwen2,
  qwen3,
  qwen3_moe: qwen3,
  deepseek_v2: deepseek,
  deepseek_v3: deepseek,
  kimi_k2: deepseek,
  gemma2,
  gemma3,
  gemma3_text: gemma3,
  glm4: { ...llama, norms: { count: 4, hasBias: false }, bias: { ...plain, queries: "stated" } },
  glm4_moe: {
    ...llama,
    norms: { count: 2, hasBias: false, ofHeads: "stated" },
    bias: { ...plain, queries: "stated" },
  },
  gpt_oss: {
    ...llama,
    bias: { queries: true, output: true, feedForward: false, experts: true },
    perHead: 1,
    fullLayerEvery: 2,
  },
  phi: {
    isGated: false,
    norms: { count: 1, hasBias: true },
    bias: { queries: true, output: true, feedForward: true, scores: true },
    isTied: false,
  },
  phi3: { ...llama, bias: plain, fullLayerEvery: 0 },
  bloom: {
    isGated: false,
    norms: { count: 2, hasBias: true },
    bias: { queries: true, output: true, feedForward: true },
    isTied: true,
    hasEmbeddingNorm: true,
  },
  // Its files have the output layer beside the embeddings.
  falcon: { isGated: false, norms: { count: 2, hasBias: true }, bias: plain, isTied: false },
};

export function familyOf(modelType: string): Family {
  const family = families[modelType];
  if (!family)
    throw new PlanFault(
      `Cannot use this config.json of a model: model_type is "${modelType.slice(0, 60)}", and those known are ${Object.keys(families).join(", ")}; a GGUF file of any model can be read instead`,
    );
  return family;
}
