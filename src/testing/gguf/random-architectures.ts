import {
  addNorm,
  addRandom,
  addTensor,
  contextTokens,
  count,
  float,
  type Context,
  type Shape,
  type Size,
} from "./tensor-builder.ts";

/** A small Gemma 3: most layers see a sliding window, embeddings are the output head as well, and each part is normed twice. */
export function addGemma(context: Context, size: Size): Shape {
  const hidden = size.hidden ?? 64;
  const layers = size.layers ?? 6;
  const feedForward = size.feedForward ?? hidden * 2;
  const heads = size.heads ?? 4;
  const kvHeads = size.kvHeads ?? 1;
  const headSize = size.headSize ?? 32;
  for (let layer = 0; layer < layers; layer++) {
    const name = (part: string) => `blk.${layer}.${part}.weight`;
    for (const part of ["attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm"])
      addNorm(context, name(part), hidden);
    addRandom(context, name("attn_q"), [hidden, heads * headSize]);
    addRandom(context, name("attn_k"), [hidden, kvHeads * headSize]);
    addRandom(context, name("attn_v"), [hidden, kvHeads * headSize]);
    addRandom(context, name("attn_output"), [heads * headSize, hidden]);
    addNorm(context, name("attn_q_norm"), headSize);
    addNorm(context, name("attn_k_norm"), headSize);
    addRandom(context, name("ffn_gate"), [hidden, feedForward]);
    addRandom(context, name("ffn_up"), [hidden, feedForward]);
    addRandom(context, name("ffn_down"), [feedForward, hidden]);
  }
  return {
    hidden,
    metadata: {
      "gemma3.context_length": count(contextTokens),
      "gemma3.block_count": count(layers),
      "gemma3.embedding_length": count(hidden),
      "gemma3.feed_forward_length": count(feedForward),
      "gemma3.attention.head_count": count(heads),
      "gemma3.attention.head_count_kv": count(kvHeads),
      "gemma3.attention.key_length": count(headSize),
      "gemma3.attention.value_length": count(headSize),
      "gemma3.attention.layer_norm_rms_epsilon": float(1e-6),
      "gemma3.attention.sliding_window": count(512),
      "gemma3.rope.freq_base": float(1_000_000),
    },
  };
}

/** A small Mamba: no attention, a state of fixed size for each sequence. */
export function addMamba(context: Context, size: Size): Shape {
  const hidden = size.hidden ?? 64;
  const layers = size.layers ?? 2;
  const inner = hidden * 2;
  const state = 16;
  const convolution = 4;
  const rank = Math.ceil(hidden / 16);
  for (let layer = 0; layer < layers; layer++) {
    const name = (part: string) => `blk.${layer}.${part}`;
    const ones = (part: string, shape: number[], value: number) =>
      addTensor(context, name(part), shape, "F32", () =>
        new Float32Array(shape.reduce((product, length) => product * length, 1)).fill(value),
      );
    addNorm(context, name("attn_norm.weight"), hidden);
    addRandom(context, name("ssm_in.weight"), [hidden, inner * 2]);
    addRandom(context, name("ssm_conv1d.weight"), [convolution, inner], { type: "F32" });
    ones("ssm_conv1d.bias", [inner], 0);
    addRandom(context, name("ssm_x.weight"), [inner, rank + state * 2]);
    addRandom(context, name("ssm_dt.weight"), [rank, inner], { type: "F32" });
    ones("ssm_dt.bias", [inner], -3);
    ones("ssm_a", [state, inner], -1);
    ones("ssm_d", [inner], 1);
    addRandom(context, name("ssm_out.weight"), [inner, hidden], { sparesAnchor: true });
  }
  return {
    hidden,
    metadata: {
      "mamba.context_length": count(contextTokens),
      "mamba.block_count": count(layers),
      "mamba.embedding_length": count(hidden),
      "mamba.feed_forward_length": count(0),
      "mamba.attention.head_count": count(0),
      "mamba.attention.layer_norm_rms_epsilon": float(1e-5),
      "mamba.ssm.conv_kernel": count(convolution),
      "mamba.ssm.inner_size": count(inner),
      "mamba.ssm.state_size": count(state),
      "mamba.ssm.time_step_rank": count(rank),
    },
  };
}

/** A small DeepSeek-V3: latent attention, one dense layer, then a sigmoid-gated mixture of experts with a shared expert. */
export function addDeepseek(context: Context, size: Size): Shape {
  const hidden = size.hidden ?? 64;
  const layers = size.layers ?? 3;
  const heads = size.heads ?? 4;
  const qRank = hidden / 2;
  const kvRank = hidden / 2;
  const rope = 16;
  const nope = 32;
  const value = 32;
  const feedForward = size.feedForward ?? hidden * 2;
  const experts = size.experts ?? 4;
  const expertFeedForward = feedForward / 2;
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
