import type { ConfigFields } from "./config-fields.ts";
import type { Family } from "./family.ts";

/** Of one layer's attention. */
export interface AttentionSize {
  weights: number;
  /** Numbers kept of each token. */
  kept: number;
  /** Operations for each pair of tokens. */
  pairFlops: number;
  decodePairFlops: number;
}

export function attentionSize(fields: ConfigFields, family: Family): AttentionSize {
  return fields.kv_lora_rank ? compressed(fields, fields.kv_lora_rank) : grouped(fields, family);
}

/** Queries share keys and values in groups. */
function grouped(fields: ConfigFields, { bias, norms, perHead = 0 }: Family): AttentionSize {
  const { hidden_size: hidden, num_attention_heads: heads } = fields;
  const width = fields.head_dim || Math.floor(hidden / heads);
  const [queries, kept] = [heads * width, keptHeads(fields) * width];
  const has = (choice: boolean | "stated") => (choice === "stated" ? fields.attention_bias === true : choice);
  const hasHeadNorm = norms.ofHeads === "always" || (norms.ofHeads === "stated" && fields.use_qk_norm === true);
  const pairFlops = 4 * queries;
  return {
    weights:
      hidden * (2 * queries + 2 * kept) +
      (has(bias.queries) ? queries + 2 * kept : 0) +
      (has(bias.output) ? hidden : 0) +
      (hasHeadNorm ? 2 * width : 0) +
      perHead * heads,
    kept: 2 * kept,
    pairFlops,
    decodePairFlops: pairFlops,
  };
}

function keptHeads(fields: ConfigFields): number {
  const { num_attention_heads: heads } = fields;
  if (fields.model_type === "falcon") {
    if (fields.new_decoder_architecture) return fields.num_kv_heads ?? heads;
    return fields.multi_query === false ? heads : 1;
  }
  return fields.num_key_value_heads ?? heads;
}

/** Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434, section 2.1). */
function compressed(fields: ConfigFields, rank: number): AttentionSize {
  const { hidden_size: hidden, num_attention_heads: heads, q_lora_rank: queryRank } = fields;
  const [nope, rope, value] = [fields.qk_nope_head_dim ?? 128, fields.qk_rope_head_dim ?? 64, fields.v_head_dim ?? 128];
  const queryWidth = heads * (nope + rope);
  const queries = queryRank ? hidden * queryRank + queryRank + queryRank * queryWidth : hidden * queryWidth;
  return {
    weights: queries + hidden * (rank + rope) + rank + rank * heads * (nope + value) + heads * value * hidden,
    kept: rank + rope,
    pairFlops: 2 * heads * (nope + rope + value),
    // Queries are turned into the space of the compressed keys, which hold the values as well.
    decodePairFlops: 2 * heads * (2 * rank + rope),
  };
}

/** Of one layer's feed-forward part. */
export interface FeedForwardSize {
  /** What every token uses. */
  dense: number;
  /** All experts among which a token chooses. */
  experts: number;
  used: number;
}

export interface ExpertCounts {
  count: number;
  perToken: number;
}

export function expertCounts(fields: ConfigFields): ExpertCounts | undefined {
  const count = fields.n_routed_experts ?? fields.num_experts ?? fields.num_local_experts ?? 0;
  const perToken = fields.num_experts_per_tok ?? fields.experts_per_token ?? 0;
  return count > 0 && perToken > 0 ? { count, perToken: Math.min(perToken, count) } : undefined;
}

export function feedForwardSize(fields: ConfigFields, family: Family, layer: number): FeedForwardSize {
  const { hidden_size: hidden } = fields;
  const width = fields.intermediate_size || 4 * hidden;
  const matrices = family.isGated ? 3 : 2;
  const experts = expertCounts(fields);
  if (!experts || isDense(fields, layer)) {
    const hasBias = family.bias.feedForward === "stated" ? fields.mlp_bias === true : family.bias.feedForward;
    return { dense: matrices * hidden * width + (hasBias ? (matrices - 1) * width + hidden : 0), experts: 0, used: 0 };
  }
  const expertWidth = fields.moe_intermediate_size || width;
  const hasBias = family.bias.experts === true;
  const expert = matrices * hidden * expertWidth + (hasBias ? (matrices - 1) * expertWidth + hidden : 0);
  const shared = fields.shared_expert_intermediate_size
    ? matrices * hidden * fields.shared_expert_intermediate_size + hidden
    : (fields.n_shared_experts ?? 0) * expert;
  // DeepSeek's third and its heirs choose with a bias for each expert.
  const chooser = hidden * experts.count + (hasBias || choosesWithBias.has(fields.model_type) ? experts.count : 0);
  return { dense: shared + chooser, experts: experts.count * expert, used: experts.perToken * expert };
}

const choosesWithBias: ReadonlySet<string> = new Set(["deepseek_v3", "kimi_k2", "glm4_moe"]);

function isDense(fields: ConfigFields, layer: number): boolean {
  const every = fields.decoder_sparse_step ?? 1;
  return (
    layer < (fields.first_k_dense_replace ?? 0) ||
    (fields.mlp_only_layers?.includes(layer) ?? false) ||
    (every > 1 && (layer + 1) % every !== 0)
  );
}
