import type { SamplerConfig } from "./llama/addon.ts";
import type { ExtraSampling } from "./llama-fields.ts";
import type { LoadedModel } from "./model.ts";

export type ExtraSamplers = Partial<SamplerConfig>;

/** The extra sampling of a request in llama.cpp's terms, the same for all tokens of all choices. */
export function resolveExtra(loaded: LoadedModel, { dry, xtc, logitBias, ignoreEos }: ExtraSampling): ExtraSamplers {
  const biases = new Map(logitBias);
  if (ignoreEos) for (const token of loaded.vocabulary.ends) biases.set(token, -Infinity);
  return {
    ...(biases.size > 0 && {
      tokenBiasKeys: Uint32Array.from(biases.keys()),
      tokenBiasValues: Float32Array.from(biases.values()),
    }),
    ...(xtc && { xtcProbability: xtc.probability, xtcThreshold: xtc.threshold }),
    ...(dry && {
      dryRepeatPenaltyStrength: dry.multiplier,
      dryRepeatPenaltyBase: dry.base,
      dryRepeatPenaltyAllowedLength: dry.allowedLength,
      dryRepeatPenaltyLastTokens:
        dry.lastTokens < 0 ? loaded.contextTokens : Math.min(dry.lastTokens, loaded.contextTokens),
      dryRepeatPenaltySequenceBreakers: dry.sequenceBreakers,
    }),
  };
}
