import { architectureOf, readNumber, readNumbers } from "../gguf/header-fields.ts";
import type { GgufFile } from "../gguf/read-gguf.ts";

/** What one layer keeps of each token: numbers in its keys and values. Zero for a layer without them. */
export interface LayerShape {
  heads: number;
  /** Of one head. */
  queryWidth: number;
  keyWidth: number;
  valueWidth: number;
  /** Of keys and values that are kept, for all heads. */
  keptKeys: number;
  keptValues: number;
  /** It sees only so many of the last tokens. */
  windowTokens?: number;
  /** 32-bit numbers of a state of fixed size, for each sequence. */
  state: number;
}

/** The numbers of a model's header that its memory depends on. */
export interface ModelShape {
  hidden: number;
  feedForward: number;
  vocabulary: number;
  merges: number;
  /** Compressed keys (MLA): their width without the part that turns; 0 where there are none. */
  keyRank: number;
  /** A mixture of experts: how many there are, how many a token uses, and how wide each is. */
  experts: number;
  expertsUsed: number;
  expertFeedForward: number;
  layers: readonly LayerShape[];
}

export function readShape(header: GgufFile): ModelShape {
  const read = (name: string, otherwise = 0) => finite(readNumber(header, name), otherwise);
  const hidden = read("embedding_length");
  // Layers that predict further tokens are not loaded.
  const layers = Math.max(0, Math.min(layersMax, read("block_count") - read("nextn_predict_layers")));
  const feedForward = read("feed_forward_length");
  return {
    hidden,
    feedForward,
    vocabulary: vocabularyOf(header),
    merges: lengthOf(header, "tokenizer.ggml.merges"),
    keyRank: read("attention.key_length_mla") > 0 ? read("attention.kv_lora_rank") : 0,
    experts: read("expert_count"),
    expertsUsed: read("expert_used_count"),
    expertFeedForward: read("expert_feed_forward_length", feedForward),
    layers: Array.from({ length: layers }, (_, layer) => readLayer(header, { layer, layers, hidden })),
  };
}

/** More than any model has: a file may claim anything. */
const layersMax = 1_000;

function readLayer(
  header: GgufFile,
  { layer, layers, hidden }: { layer: number; layers: number; hidden: number },
): LayerShape {
  const read = (name: string, otherwise: number) => {
    const numbers = readNumbers(header, name);
    return finite(numbers?.[layer] ?? (numbers && Math.max(...numbers)), otherwise);
  };
  const heads = read("attention.head_count", 1);
  const isRecurrent = isRecurrentLayer(header, layer);
  const isWindowed = isWindowedLayer(header, layer);
  const headsKept =
    isRecurrent || layer >= layers - read("attention.shared_kv_layers", 0) ? 0 : read("attention.head_count_kv", heads);
  const perHead = heads > 0 ? hidden / heads : 0;
  const length = (kind: "key" | "value") => {
    const whole = read(`attention.${kind}_length`, perHead);
    return isWindowed ? read(`attention.${kind}_length_swa`, whole) : whole;
  };
  const uncompressedWidth = read("attention.key_length_mla", 0);
  const [keyWidth, valueWidth] = [length("key"), length("value")];
  return {
    heads,
    queryWidth: uncompressedWidth > 0 ? uncompressedWidth : keyWidth,
    keyWidth,
    valueWidth,
    keptKeys: headsKept * keyWidth,
    // A compressed key holds the value as well.
    keptValues: uncompressedWidth > 0 ? 0 : headsKept * valueWidth,
    ...(isWindowed && { windowTokens: windowOf(header) }),
    state: isRecurrent || alwaysBoth.has(architectureOf(header)) ? stateOf(header, { hidden, heads }) : 0,
  };
}

/** These have a state and keys and values in each layer. */
const alwaysBoth: ReadonlySet<string> = new Set(["falcon-h1"]);

/** Architectures without any attention (llama.cpp's llm_arch_is_recurrent). */
const recurrent: ReadonlySet<string> = new Set(["mamba", "mamba2", "rwkv6", "rwkv6qwen2", "rwkv7", "arwkv7"]);

function isRecurrentLayer(header: GgufFile, layer: number): boolean {
  if (recurrent.has(architectureOf(header))) return true;
  const stated = readNumbers(header, "attention.recurrent_layers");
  if (stated && stated.length > 1) return stated[layer] === 1;
  const interval = readNumber(header, "full_attention_interval");
  if (interval !== undefined && interval > 0) return (layer + 1) % interval !== 0;
  const kept = readNumbers(header, "attention.head_count_kv");
  return kept !== undefined && kept.length > 1 && kept[layer] === 0;
}

/** As llama.cpp computes them for each kind of layer (llama-hparams.cpp, n_embd_r and n_embd_s): what a convolution looks back at, and the state. */
function stateOf(header: GgufFile, { hidden, heads }: { hidden: number; heads: number }): number {
  const read = (name: string) => finite(readNumber(header, name), 0);
  const wkv = read("wkv.head_size");
  if (wkv > 0) return hidden * (finite(readNumber(header, "token_shift_count"), 2) + wkv);
  const short = read("shortconv.l_cache");
  if (short > 0) return hidden * (short - 1);
  const kda = read("kda.head_dim");
  const lookBack = read("ssm.conv_kernel") - 1;
  if (kda > 0) return 3 * (lookBack > 0 ? lookBack : 3) * heads * kda + kda * kda * heads;
  const [inner, size] = [read("ssm.inner_size"), read("ssm.state_size")];
  return Math.max(0, lookBack) * (inner + 2 * read("ssm.group_count") * size) + inner * size;
}

/**
 * One layer in how many sees everything, for the architectures whose layers see a sliding window: llama.cpp has it in its code (`load_swa_pattern`).
 * A window that a file of another architecture states is not used.
 */
const windowPatterns: Readonly<Record<string, { every: number; isFirst?: boolean; windowTokens?: number }>> = {
  afmoe: { every: 4 },
  cohere2: { every: 4 },
  cohere2moe: { every: 4, isFirst: true },
  exaone4: { every: 4 },
  "exaone-moe": { every: 4 },
  gemma2: { every: 2 },
  gemma3: { every: 6 },
  gemma3n: { every: 5 },
  "gemma-embedding": { every: 6 },
  "gpt-oss": { every: 2 },
  // Chunks instead of a window, which files do not state.
  llama4: { every: 4, windowTokens: 8_192 },
  olmo2: { every: 4 },
  plamo3: { every: 8 },
  smallthinker: { every: 4, isFirst: true },
};

function windowOf(header: GgufFile): number {
  const stated = finite(readNumber(header, "attention.sliding_window"), 0);
  return stated > 0 ? stated : (windowPatterns[architectureOf(header)]?.windowTokens ?? 0);
}

function isWindowedLayer(header: GgufFile, layer: number): boolean {
  if (windowOf(header) === 0) return false;
  const stated = readNumbers(header, "attention.sliding_window_pattern");
  if (stated && stated.length > 1) return stated[layer] === 1;
  const pattern = windowPatterns[architectureOf(header)];
  const every = stated?.[0] ?? pattern?.every;
  if (every === undefined || every <= 0 || !pattern) return false;
  return pattern.isFirst === true ? layer % every !== 0 : layer % every < every - 1;
}

function vocabularyOf(header: GgufFile): number {
  const listed = lengthOf(header, "tokenizer.ggml.tokens");
  if (listed > 0) return listed;
  return header.tensors.find(({ name }) => name === "token_embd.weight")?.shape[1] ?? 0;
}

function lengthOf({ metadata }: GgufFile, name: string): number {
  const value = metadata[name];
  return typeof value === "object" ? value.length : 0;
}

const finite = (value: number | undefined, otherwise: number): number =>
  value !== undefined && Number.isFinite(value) && value >= 0 ? value : otherwise;
