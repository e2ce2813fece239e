import { seededRandom } from "../random.ts";
import { defaultChatTemplate, randomTokenizer, type TokenTone } from "./random-tokenizer.ts";
import { addDeepseek, addGemma, addMamba } from "./random-architectures.ts";
import {
  addNorm,
  addRandom,
  addTensor,
  anchor,
  contextTokens,
  count,
  float,
  gaussians,
  rowsOfPart,
  type Context,
  type Shape,
  type Size,
} from "./tensor-builder.ts";
import { writeGguf, writeSplitGguf, type MetadataEntry, type TensorToWrite } from "./write-gguf.ts";

export interface RandomModelOptions {
  /** `qwen3` is one that ranks documents: its head says how likely a yes and a no are. */
  architecture: "deepseek2" | "gemma3" | "llama" | "mamba" | "qwen3";
  seed?: number;
  /** The defaults make a model of about 100,000 weights. */
  size?: Size;
  /** How weights are stored; F32 by default. */
  weightType?: TensorToWrite["type"];
  /** Weights of large tensors repeat themselves: hundreds of megabytes are written in seconds. */
  isRepeated?: boolean;
  /** In Jinja; by default one with tools. */
  chatTemplate?: string;
  /** How texts are split before merging: a name of llama.cpp's (`tokenizer.ggml.pre`). */
  preTokenizer?: string;
  /** Tokens; 276 by default. At most half a million. */
  vocabularySize?: number;
  /** Whether its answers end only where they must: its end tokens are as unlikely as those that never come. */
  isEndless?: boolean;
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
    isRepeated: options.isRepeated ?? false,
  };
  const { architecture, size = {} } = options;
  const shape = addLayers(context, architecture, size);
  if (architecture === "qwen3") addRanking(context, shape);
  const { tones: given } = tokenizer;
  const tones = options.isEndless ? given.map((tone) => (tone === "rare" ? "never" : tone)) : given;
  addEnds(context, { hidden: shape.hidden, tones, isTied: architecture === "gemma3" });
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

function addLayers(context: Context, architecture: RandomModelOptions["architecture"], size: Size): Shape {
  if (architecture === "deepseek2") return addDeepseek(context, size);
  if (architecture === "gemma3") return addGemma(context, size);
  if (architecture === "mamba") return addMamba(context, size);
  return addLlama(context, architecture, size);
}

function addLlama(context: Context, architecture: "llama" | "qwen3", size: Size): Shape {
  const hidden = size.hidden ?? 64;
  const layers = size.layers ?? 2;
  const feedForward = size.feedForward ?? hidden * 2;
  const heads = size.heads ?? Math.max(1, hidden / 64) * (hidden >= 128 ? 1 : 4);
  const headSize = size.headSize ?? hidden / heads;
  const kvHeads = size.kvHeads ?? Math.max(1, heads / 4);
  const { experts } = size;
  for (let layer = 0; layer < layers; layer++) {
    const name = (part: string) => `blk.${layer}.${part}.weight`;
    addNorm(context, name("attn_norm"), hidden);
    addNorm(context, name("ffn_norm"), hidden);
    addRandom(context, name("attn_q"), [hidden, heads * headSize]);
    addRandom(context, name("attn_k"), [hidden, kvHeads * headSize]);
    addRandom(context, name("attn_v"), [hidden, kvHeads * headSize]);
    addRandom(context, name("attn_output"), [heads * headSize, hidden], { sparesAnchor: true });
    if (experts === undefined) {
      addRandom(context, name("ffn_gate"), [hidden, feedForward]);
      addRandom(context, name("ffn_up"), [hidden, feedForward]);
      addRandom(context, name("ffn_down"), [feedForward, hidden], { sparesAnchor: true });
    } else {
      addRandom(context, name("ffn_gate_inp"), [hidden, experts], { type: "F32" });
      addRandom(context, name("ffn_gate_exps"), [hidden, feedForward, experts]);
      addRandom(context, name("ffn_up_exps"), [hidden, feedForward, experts]);
      addRandom(context, name("ffn_down_exps"), [feedForward, hidden, experts], { sparesAnchor: true });
    }
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
      [`${architecture}.rope.freq_base`]: float(10_000),
      ...(experts !== undefined && {
        [`${architecture}.expert_count`]: count(experts),
        [`${architecture}.expert_used_count`]: count(2),
      }),
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

/** What the anchor adds to a token's logit is about 5 times this; others vary with a spread of about 2. */
const headBias: Record<TokenTone, number> = { letter: 0.3, printable: 0, rare: -1.2, never: -6 };

function addEnds(
  context: Context,
  { hidden, tones, isTied }: { hidden: number; tones: readonly TokenTone[]; isTied: boolean },
): void {
  const rows = rowsOfPart(context, { inputs: hidden, rows: context.vocabulary });
  addNorm(context, "output_norm.weight", hidden);
  addTensor(context, "token_embd.weight", [hidden, context.vocabulary], context.type, () => {
    const weights = gaussians(context.random, hidden * rows, 1);
    for (let token = 0; token < rows; token++) weights[token * hidden] = anchor;
    return weights;
  });
  if (isTied) return;
  addTensor(context, "output.weight", [hidden, context.vocabulary], context.type, () => {
    const weights = gaussians(context.random, hidden * rows, 2.5 / Math.sqrt(hidden));
    for (const [token, tone] of tones.slice(0, rows).entries()) weights[token * hidden] = headBias[tone];
    return weights;
  });
}
