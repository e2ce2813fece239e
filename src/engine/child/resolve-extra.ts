import type { SequenceEvaluateOptions, TokenBias } from "node-llama-cpp";
import { assert } from "../../base/assert.ts";
import type { ExtraSampling } from "./llama-fields.ts";
import type { LoadedModel } from "./model.ts";

export type EvaluateExtra = Pick<SequenceEvaluateOptions, "tokenBias" | "xtc" | "dryRepeatPenalty">;

/** The extra sampling of a request as the library takes it, the same for all tokens of all choices. */
export function resolveExtra(loaded: LoadedModel, { dry, xtc, logitBias, ignoreEos }: ExtraSampling): EvaluateExtra {
  const biases = new Map(logitBias);
  if (ignoreEos) for (const token of loaded.vocabulary.ends) biases.set(token, -Infinity);
  return {
    ...(biases.size > 0 && { tokenBias: toTokenBias(loaded, biases) }),
    ...(xtc && { xtc }),
    ...(dry && {
      dryRepeatPenalty: {
        strength: dry.multiplier,
        base: dry.base,
        allowedLength: dry.allowedLength,
        // The library's word for all of them, null, switches the penalty off.
        lastTokens: dry.lastTokens < 0 ? loaded.contextTokens : Math.min(dry.lastTokens, loaded.contextTokens),
        sequenceBreakers: dry.sequenceBreakers,
      },
    }),
  };
}

/** The library's own setter leaves out tokens that end an answer, so that its map is filled here. */
function toTokenBias(loaded: LoadedModel, biases: ReadonlyMap<number, number>): TokenBias {
  const tokenBias = loaded.module.TokenBias.for(loaded.model);
  const { _biases: map } = tokenBias as unknown as { _biases: unknown };
  assert(map instanceof Map, "a TokenBias of node-llama-cpp has its biases in a map");
  for (const [token, bias] of biases) map.set(token, bias);
  return tokenBias;
}
