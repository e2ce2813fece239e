import { z } from "zod";
import { describeReceived, describeWanted } from "../../base/issue-words.ts";
import { tellingIssues } from "../../base/telling-issues.ts";
import { PlanFault } from "../sheet/plan-fault.ts";

/** Larger than any model has, so that no sum below leaves exact integers. */
const count = z.int().min(0).max(1e7);
const orNull = <T extends z.ZodType>(schema: T) => schema.nullish();

/** The fields of a Hugging Face `config.json` that sizes depend on. Names are those of the library `transformers`. */
const schema = z.object({
  model_type: z.string(),
  hidden_size: count.min(1).optional(),
  num_hidden_layers: count.min(1).max(1_000).optional(),
  num_attention_heads: count.min(1).optional(),
  num_key_value_heads: orNull(count.min(1)),
  head_dim: orNull(count),
  intermediate_size: orNull(count),
  vocab_size: count.min(1).optional(),
  tie_word_embeddings: orNull(z.boolean()),
  attention_bias: orNull(z.boolean()),
  mlp_bias: orNull(z.boolean()),
  use_qk_norm: orNull(z.boolean()),
  torch_dtype: orNull(z.string()),
  dtype: orNull(z.string()),
  // The longest context; Bloom has seq_length.
  max_position_embeddings: orNull(count),
  seq_length: orNull(count),
  rope_scaling: orNull(
    z.object({
      rope_type: orNull(z.string()),
      type: orNull(z.string()),
      factor: orNull(z.number().positive().max(10_000)),
      original_max_position_embeddings: orNull(count),
    }),
  ),
  quantization_config: orNull(z.object({ quant_method: orNull(z.string()), bits: orNull(z.number()) })),
  // Windows.
  sliding_window: orNull(count),
  use_sliding_window: orNull(z.boolean()),
  max_window_layers: orNull(count),
  sliding_window_pattern: orNull(count),
  layer_types: orNull(z.array(z.string()).max(1_000)),
  // A mixture of experts.
  num_experts: orNull(count),
  num_local_experts: orNull(count),
  n_routed_experts: orNull(count),
  num_experts_per_tok: orNull(count),
  experts_per_token: orNull(count),
  moe_intermediate_size: orNull(count),
  n_shared_experts: orNull(count),
  shared_expert_intermediate_size: orNull(count),
  first_k_dense_replace: orNull(count),
  decoder_sparse_step: orNull(count),
  mlp_only_layers: orNull(z.array(z.number()).max(1_000)),
  // Compressed keys (MLA).
  kv_lora_rank: orNull(count),
  q_lora_rank: orNull(count),
  qk_nope_head_dim: orNull(count),
  qk_rope_head_dim: orNull(count),
  v_head_dim: orNull(count),
  // Bloom and Falcon.
  n_embed: orNull(count),
  n_layer: orNull(count),
  n_head: orNull(count),
  num_kv_heads: orNull(count),
  multi_query: orNull(z.boolean()),
  new_decoder_architecture: orNull(z.boolean()),
});

export type ConfigFields = z.infer<typeof schema> & {
  hidden_size: number;
  num_hidden_layers: number;
  num_attention_heads: number;
  vocab_size: number;
};

/** Untrusted → typed. Of a model that also sees pictures, the part that writes (`text_config`). */
export function parseConfigFields(config: unknown): ConfigFields {
  const text = isRecord(config) && isRecord(config["text_config"]) ? config["text_config"] : config;
  const parsed = schema.safeParse(text);
  if (!parsed.success) {
    const problems = tellingIssues(parsed.error.issues).map(
      (issue) => `${issue.path.join(".") || "the file"}: ${describeWanted(issue)}${describeReceived(issue)}`,
    );
    throw new PlanFault(`Cannot use this config.json of a model: ${problems.slice(0, 5).join("; ")}`);
  }
  const fields = { ...(parsed.data.model_type === "gemma3_text" && gemma3Defaults), ...parsed.data };
  const [hidden, layers, heads] = [
    fields.hidden_size ?? fields.n_embed,
    fields.num_hidden_layers ?? fields.n_layer,
    fields.num_attention_heads ?? fields.n_head,
  ];
  const { vocab_size: vocabulary } = fields;
  if (!hidden || !layers || !heads || !vocabulary)
    throw new PlanFault(
      "Cannot use this config.json of a model: it needs hidden_size, num_hidden_layers, num_attention_heads and vocab_size (Bloom: n_embed, n_layer, n_head)",
    );
  return {
    ...fields,
    hidden_size: hidden,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    vocab_size: vocabulary,
  };
}

/** Files of Gemma 3 leave out what is the library's default (Gemma3TextConfig). */
const gemma3Defaults = {
  vocab_size: 262_208,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  head_dim: 256,
  max_position_embeddings: 131_072,
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
