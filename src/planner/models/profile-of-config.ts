import { PlanFault } from "../sheet/plan-fault.ts";
import { parseConfigFields, type ConfigFields } from "./config-fields.ts";
import { familyOf, type Family } from "./family.ts";
import { attentionSize, expertCounts, feedForwardSize } from "./layer-weights.ts";
import { contextTokensMaxOf } from "./context-tokens-max.ts";
import { bytesPerWeight, type AttentionWindow, type ModelProfile, type Precision } from "./model-profile.ts";

/**
 * What a Hugging Face `config.json` says of a model: `config` is its parsed text. Layers that predict further tokens
 * (multi-token prediction) and encoders of pictures are not counted. Throws a {@link PlanFault}.
 */
export function profileOfConfig(
  config: unknown,
  { name, source, precision }: { name: string; source: string; precision?: Precision },
): ModelProfile {
  const fields = parseConfigFields(config);
  const family = familyOf(fields.model_type);
  const { hidden_size: hidden, num_hidden_layers: layers, vocab_size: vocabulary } = fields;
  const attention = attentionSize(fields, family);
  const norm = hidden * (family.norms.hasBias ? 2 : 1);
  let [dense, expertWeights, expertsUsed] = [0, 0, 0];
  for (let layer = 0; layer < layers; layer += 1) {
    const feedForward = feedForwardSize(fields, family, layer);
    dense += attention.weights + feedForward.dense + normsOfLayer(fields, family) * norm;
    expertWeights += feedForward.experts;
    expertsUsed += feedForward.used;
  }
  const table = vocabulary * hidden;
  const isTied = fields.tie_word_embeddings ?? family.isTied;
  // Of embeddings that are not the output layer too, a token reads one row.
  dense += norm + (family.hasEmbeddingNorm ? norm : 0) + table + (family.bias.scores ? vocabulary : 0);
  const parameters = dense + expertWeights + (isTied ? 0 : table);
  const window = windowOf(fields, family);
  const windowed = window?.layers ?? 0;
  const windows: AttentionWindow[] = window
    ? [
        {
          tokens: window.tokens,
          keptNumbersPerToken: attention.kept * windowed,
          flopsPerTokenPair: attention.pairFlops * windowed,
        },
      ]
    : [];
  const experts = expertCounts(fields);
  const stored = precision ?? precisionOf(fields);
  const contextTokensMax = contextTokensMaxOf(fields);
  return {
    name,
    parameters,
    activeParameters: dense + expertsUsed,
    layers,
    ...(contextTokensMax !== undefined && { contextTokensMax }),
    hidden,
    vocabulary,
    weightBytes:
      precision === undefined && isOnlyExpertsQuantized(fields)
        ? 2 * (parameters - expertWeights) + expertWeights * bytesPerWeight.int4
        : parameters * bytesPerWeight[stored],
    precision: stored,
    attention: {
      keptNumbersPerToken: attention.kept * (layers - windowed),
      windows,
      flopsPerTokenPair: attention.pairFlops * layers,
      ...(attention.decodePairFlops !== attention.pairFlops && {
        decodeFlopsPerTokenPair: attention.decodePairFlops * layers,
      }),
    },
    ...(experts && { experts: { ...experts, parameters: expertWeights } }),
    source,
  };
}

/** Falcon's first models have one norm for attention and feed-forward part. */
function normsOfLayer(fields: ConfigFields, { norms }: Family): number {
  return fields.model_type === "falcon" && !fields.new_decoder_architecture ? 1 : norms.count;
}

/** How many layers see only so many of the last tokens. */
function windowOf(fields: ConfigFields, { fullLayerEvery }: Family): { tokens: number; layers: number } | undefined {
  const { sliding_window: tokens, num_hidden_layers: layers, layer_types: types } = fields;
  if (!tokens || fields.use_sliding_window === false) return undefined;
  if (types) return { tokens, layers: types.slice(0, layers).filter((type) => type === "sliding_attention").length };
  // Qwen 2 and 3: from this layer on.
  if (fields.use_sliding_window && typeof fields.max_window_layers === "number")
    return { tokens, layers: Math.max(0, layers - fields.max_window_layers) };
  const every = fields.sliding_window_pattern ?? fullLayerEvery;
  if (every === undefined) return undefined;
  return { tokens, layers: every === 0 ? layers : layers - Math.floor(layers / every) };
}

/** What the weights are stored in. */
function precisionOf({ quantization_config: quantization, dtype, torch_dtype }: ConfigFields): Precision {
  const method = quantization?.quant_method?.toLowerCase();
  if (method) {
    if (method.includes("fp8")) return "fp8";
    if (method.includes("mxfp4") || quantization?.bits === 4) return "int4";
    if (quantization?.bits === 8) return "int8";
    throw new PlanFault(
      `Cannot use this config.json of a model: its weights are stored by "${method.slice(0, 60)}", and those known are fp8, mxfp4, and any with 4 or 8 bits; give the precision instead`,
    );
  }
  const type = dtype ?? torch_dtype ?? "bfloat16";
  return precisionOfType[type] ?? "bf16";
}

/** In gpt-oss all but the experts is in 16 bits. */
const isOnlyExpertsQuantized = ({ quantization_config: quantization }: ConfigFields) =>
  quantization?.quant_method === "mxfp4";

const precisionOfType: Readonly<Record<string, Precision>> = { float32: "f32", float16: "f16", bfloat16: "bf16" };
