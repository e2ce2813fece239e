import type { ConfigFields } from "./config-fields.ts";

/**
 * The longest context of a model, in tokens. Where positions are stretched, `max_position_embeddings` is the length before it, but not in the files
 * of Llama 3 and of LongRoPE, nor of Gemma 3 (as vLLM reads them: `_get_and_verify_max_len`).
 */
export function contextTokensMaxOf(fields: ConfigFields): number | undefined {
  const { rope_scaling: scaling, model_type: type } = fields;
  const stated = fields.max_position_embeddings ?? fields.seq_length ?? 0;
  const kind = scaling?.rope_type ?? scaling?.type ?? "default";
  const isStretched = !keepsStated.has(kind) && !type.startsWith("gemma3");
  const before = (kind === "yarn" && scaling?.original_max_position_embeddings) || stated;
  const tokens = isStretched ? Math.floor(before * (scaling?.factor ?? 1)) : stated;
  return tokens > 0 ? tokens : undefined;
}

const keepsStated: ReadonlySet<string> = new Set(["default", "llama3", "longrope", "su", "mrope"]);
