import { seededRandom } from "../random.ts";
import { defaultChatTemplate, randomTokenizer, type TokenTone } from "./random-tokenizer.ts";
import { writeGguf, writeSplitGguf, type MetadataEntry, type TensorToWrite } from "./write-gguf.ts";

export interface RandomModelOptions {
  /** `qwen3` is one that ranks documents: its head says how likely a yes and a no are. */
  architecture: "deepseek2" | "llama" | "qwen3";
  seed?: number;
  /** Not for `deepseek2`; the defaults make a model of about 100,000 weights. */
  size?: { hidden?: number; layers?: number; feedForward?: number };
  /** How weights are stored; F32 by default. */
  weightType?: "F32" | "F16" | "Q8_0";
  /** In Jinja; by default one with tools. */
  chatTemplate?: string;
  /** How texts are split before merging: a name of llama.cpp's (`tokenizer.ggml.pre`). */
  preTokenizer?: string;
  /** Tokens; 276 by default. At most half a million. */
  vocabularySize?: number;
}

/** Writes such a model in several files. */
export function writeRandomParts(paths: readonly string[], options: RandomModelOptions): void {
  writeSplitGguf(paths, randomModel(options));
}

/**
 * Writes a small model with random weights. Everything about it is real except that its text has no meaning. Its output is
 * mostly printable ASCII: the first number of every embedding is constant, no layer writes to it, and the output head uses
 * it as a bias for or against each token.
 */
export async function writeRandomModel(path: string, options: RandomModelOptions): Promise<void> {
  writeGguf(path, randomModel(options));
}

function randomModel(options: RandomModelOptions) {
  const tokenizer = randomTokenizer(options.chatTemplate ?? defaultChatTemplate, {
    ...(options.preTokenizer !== undefined && { preTokenizer: options.preTokenizer }),
    ...(options.vocabularySize !== undefined && { size: options.vocabularySize }),
  });
  const context: Context = {
    random: seededRandom(options.seed ?? 1),
    type: options.weightType ?? "F32",
    vocabulary: tokenizer.tones.length,
    tensors: [],
  };
  const { architecture } = options;
  const shape =
    architecture === "deepseek2" ? addDeepseek(context) : addLlama(context, architecture, options.size ?? {});
  if (architecture === "qwen3") addRanking(context, shape);
  addEnds(context, shape.hidden, tokenizer.tones);
  const metadata: Record<string, MetadataEntry> = {
    "general.architecture": { type: "string", value: options.architecture },
    "general.name": { type: "string", value: `random ${options.architecture}` },
    "general.alignment": { type: "uint32", value: 32 },
    [`${options.architecture}.vocab_size`]: { type: "uint32", value: context.vocabulary },
    ...shape.metadata,
    ...tokenizer.metadata,
  };
  return { metadata, tensors: context.tensors };
}

interface Context {
  random: () => number;
  type: "F32" | "F16" | "Q8_0";
  vocabulary: number;
  tensors: TensorToWrite[];
}

interface Shape {
  hidden: number;
  metadata: Record<string, MetadataEntry>;
}

const contextTokens = 4096;
/** The constant first number of each embedding; the others have a spread of 1. */
const anchor = 8;

function addLlama(
  context: Context,
  architecture: "llama" | "qwen3",
  size: NonNullable<RandomModelOptions["size"]>,
): Shape {
  const hidden = size.hidden ?? 64;
  const layers = size.layers ?? 2;
  const feedForward = size.feedForward ?? hidden * 2;
  const heads = Math.max(1, hidden / 64) * (hidden >= 128 ? 1 : 4);
  const headSize = hidden / heads;
  const kvHeads = Math.max(1, heads / 4);
  for (let layer = 0; layer < layers; layer++) {
    const name = (part: string) => `blk.${layer}.${part}.weight`;
    addNorm(context, name("attn_norm"), hidden);
    addNorm(context, name("ffn_norm"), hidden);
    addRandom(context, name("attn_q"), [hidden, hidden]);
    addRandom(context, name("attn_k"), [hidden, kvHeads * headSize]);
    addRandom(context, name("attn_v"), [hidden, kvHeads * headSize]);
    addRandom(context, name("attn_output"), [hidden, hidden], { sparesAnchor: true });
    addRandom(context, name("ffn_gate"), [hidden, feedForward]);
    addRandom(context, name("ffn_up"), [hidden, feedForward]);
    addRandom(context, name("ffn_down"), [feedForward, hidden], { sparesAnchor: true });
    if (architecture === "llama") continue;
    addNorm(context, name("attn_q_norm"), headSize);
    addNorm(context, name("attn_k_norm"), headSize);
  }
  return {
    hidden,
    metadata: {
      [`${architecture}.context_length`]: { type: "uint32", value: contextTokens },
      [`${architecture}.block_count`]: { type: "uint32", value: layers },
      [`${architecture}.embedding_length`]: { type: "uint32", value: hidden },
      [`${architecture}.feed_forward_length`]: { type: "uint32", value: feedForward },
      [`${architecture}.attention.head_count`]: { type: "uint32", value: heads },
      [`${architecture}.attention.head_count_kv`]: { type: "uint32", value: kvHeads },
      [`${architecture}.attention.layer_norm_rms_epsilon`]: { type: "float32", value: 1e-5 },
      [`${architecture}.attention.key_length`]: { type: "uint32", value: headSize },
      [`${architecture}.attention.value_length`]: { type: "uint32", value: headSize },
      [`${architecture}.rope.dimension_count`]: { type: "uint32", value: headSize },
      [`${architecture}.rope.freq_base`]: { type: "float32", value: 10_000 },
    },
  };
}

/** The head of a reranker: two outputs, of which the first is the score. */
function addRanking(context: Context, { hidden, metadata }: Shape): void {
  addRandom(context, "cls.output.weight", [hidden, 2], { type: "F32" });
  metadata["qwen3.classifier.output_labels"] = { type: "array", of: "string", values: ["yes", "no"] };
  // Rank: the last token's state goes through the head.
  metadata["qwen3.pooling_type"] = { type: "uint32", value: 4 };
}

/** A small DeepSeek-V3: latent attention, one dense layer, then a sigmoid-gated mixture of experts with a shared expert. */
function addDeepseek(context: Context): Shape {
  const hidden = 64;
  const layers = 3;
  const heads = 4;
  const qRank = 32;
  const kvRank = 32;
  const rope = 16;
  const nope = 32;
  const value = 32;
  const feedForward = 128;
  const experts = 4;
  const expertFeedForward = 64;
  for (let layer = 0; layer < layers; layer++) {
    const name = (part: string) => `blk.${layer}.${part}.weight`;
    addNorm(context, name("attn_norm"), hidden);
    addNorm(context, name("ffn_norm"), hidden);
    addRandom(context, name("attn_q_a"), [hidden, qRank]);
    addNorm(context, name("attn_q_a_norm"), qRank);
    addRandom(context, name("attn_q_b"), [qRank, heads * (nope + rope)]);
    addRandom(context, name("attn_kv_a_mqa"), [hidden, kvRank + rope]);
    addNorm(context, name("attn_kv_a_norm"), kvRank);
    addRandom(context, name("attn_k_b"), [nope, kvRank, heads]);
    addRandom(context, name("attn_v_b"), [kvRank, value, heads]);
    addRandom(context, name("attn_output"), [heads * value, hidden], { sparesAnchor: true });
    if (layer === 0) {
      addRandom(context, name("ffn_gate"), [hidden, feedForward]);
      addRandom(context, name("ffn_up"), [hidden, feedForward]);
      addRandom(context, name("ffn_down"), [feedForward, hidden], { sparesAnchor: true });
      continue;
    }
    addRandom(context, name("ffn_gate_inp"), [hidden, experts], { type: "F32" });
    addRandom(context, `blk.${layer}.exp_probs_b.bias`, [experts], { type: "F32" });
    addRandom(context, name("ffn_gate_exps"), [hidden, expertFeedForward, experts]);
    addRandom(context, name("ffn_up_exps"), [hidden, expertFeedForward, experts]);
    addRandom(context, name("ffn_down_exps"), [expertFeedForward, hidden, experts], { sparesAnchor: true });
    addRandom(context, name("ffn_gate_shexp"), [hidden, expertFeedForward]);
    addRandom(context, name("ffn_up_shexp"), [hidden, expertFeedForward]);
    addRandom(context, name("ffn_down_shexp"), [expertFeedForward, hidden], { sparesAnchor: true });
  }
  const count = (number: number): MetadataEntry => ({ type: "uint32", value: number });
  return {
    hidden,
    metadata: {
      "deepseek2.context_length": count(contextTokens),
      "deepseek2.block_count": count(layers),
      "deepseek2.leading_dense_block_count": count(1),
      "deepseek2.embedding_length": count(hidden),
      "deepseek2.feed_forward_length": count(feedForward),
      "deepseek2.attention.head_count": count(heads),
      "deepseek2.attention.head_count_kv": count(1),
      "deepseek2.attention.layer_norm_rms_epsilon": { type: "float32", value: 1e-6 },
      "deepseek2.attention.q_lora_rank": count(qRank),
      "deepseek2.attention.kv_lora_rank": count(kvRank),
      "deepseek2.attention.key_length": count(kvRank + rope),
      "deepseek2.attention.value_length": count(kvRank),
      "deepseek2.attention.key_length_mla": count(nope + rope),
      "deepseek2.attention.value_length_mla": count(value),
      "deepseek2.rope.dimension_count": count(rope),
      "deepseek2.rope.freq_base": { type: "float32", value: 10_000 },
      "deepseek2.expert_count": count(experts),
      "deepseek2.expert_used_count": count(2),
      "deepseek2.expert_shared_count": count(1),
      "deepseek2.expert_feed_forward_length": count(expertFeedForward),
      "deepseek2.expert_weights_scale": { type: "float32", value: 2.5 },
      "deepseek2.expert_weights_norm": { type: "bool", value: true },
      "deepseek2.expert_gating_func": count(2),
    },
  };
}

/** What the anchor adds to a token's logit is about 5 times this; others vary with a spread of about 2. */
const headBias: Record<TokenTone, number> = { letter: 0.3, printable: 0, rare: -1.2, never: -6 };

function addEnds(context: Context, hidden: number, tones: readonly TokenTone[]): void {
  addNorm(context, "output_norm.weight", hidden);
  addTensor(context, "token_embd.weight", [hidden, context.vocabulary], context.type, () => {
    const weights = gaussians(context.random, hidden * context.vocabulary, 1);
    for (let token = 0; token < context.vocabulary; token++) weights[token * hidden] = anchor;
    return weights;
  });
  addTensor(context, "output.weight", [hidden, context.vocabulary], context.type, () => {
    const weights = gaussians(context.random, hidden * context.vocabulary, 2.5 / Math.sqrt(hidden));
    for (const [token, tone] of tones.entries()) weights[token * hidden] = headBias[tone];
    return weights;
  });
}

function addNorm(context: Context, name: string, size: number): void {
  addTensor(context, name, [size], "F32", () => new Float32Array(size).fill(1));
}

function addRandom(
  context: Context,
  name: string,
  shape: readonly number[],
  options: { sparesAnchor?: boolean; type?: "F32" } = {},
): void {
  const inputs = shape[0] ?? 1;
  const count = shape.reduce((product, size) => product * size, 1);
  addTensor(context, name, shape, options.type ?? context.type, () => {
    const weights = gaussians(context.random, count, 1 / Math.sqrt(inputs));
    // The first output of each expert, or of the whole tensor, is the anchor's position in the residual stream.
    if (options.sparesAnchor)
      for (let start = 0; start < count; start += inputs * (shape[1] ?? 1)) weights.fill(0, start, start + inputs);
    return weights;
  });
}

function addTensor(
  context: Context,
  name: string,
  shape: readonly number[],
  type: TensorToWrite["type"],
  weights: () => Float32Array,
): void {
  context.tensors.push({ name, shape, type, weights });
}

/** Nearly normal: a sum of four uniform numbers. That is faster, and has no far outliers, which would spoil a quantised block. */
function gaussians(random: () => number, count: number, spread: number): Float32Array {
  const weights = new Float32Array(count);
  const scale = spread * Math.sqrt(3);
  for (let i = 0; i < count; i++) weights[i] = (random() + random() + random() + random() - 2) * scale;
  return weights;
}
