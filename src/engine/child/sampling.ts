import type { Token } from "node-llama-cpp";
import { SahabError } from "../../base/errors.ts";
import type { Sampling } from "../../call/index.ts";
import type { SamplerConfig } from "./llama/addon.ts";
import type { SamplerChanges } from "./llama/sampler.ts";

/** The sampling that the model's file recommends (`general.sampling.*`). */
export interface SamplingDefaults {
  temperature: number;
  topP: number;
  topK: number;
  minP: number;
}

/** llama.cpp's own defaults, for files that recommend nothing. */
const fallback: SamplingDefaults = { temperature: 0.8, topP: 0.95, topK: 40, minP: 0.05 };

export function samplingDefaults(general: Record<string, unknown> | undefined): SamplingDefaults {
  const stated = (general?.["sampling"] ?? {}) as Record<string, unknown>;
  const read = (name: string, otherwise: number) => (typeof stated[name] === "number" ? stated[name] : otherwise);
  return {
    temperature: read("temp", fallback.temperature),
    topP: read("top_p", fallback.topP),
    topK: read("top_k", fallback.topK),
    minP: read("min_p", fallback.minP),
  };
}

/** llama.cpp's own repeat penalty counts this many of the last tokens. */
const repeatWindowTokens = 64;

interface ResolvedSampling {
  config: SamplerConfig;
  penaltyTokens?: SamplerChanges["penaltyTokens"];
}

interface TokensSoFar {
  prompt: readonly Token[];
  /** The live list of the tokens that the choice has generated. */
  generated: readonly Token[];
  /** See ExtraSampling.repeatLastN. */
  lastN: number | undefined;
  contextTokens: number;
}

/**
 * Sampling of one choice. A seed makes the answer
 * repeatable; choice k of a request takes seed + k, so that choices differ.
 */
export function resolveSampling(
  sampling: Sampling,
  defaults: SamplingDefaults,
  choice: number,
  tokens: TokensSoFar,
): ResolvedSampling {
  checkRanges(sampling);
  const seed =
    sampling.seed === undefined
      ? (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0)
      : (Math.trunc(sampling.seed) + choice) >>> 0;
  const penalty = repeatPenalty(sampling, tokens);
  return {
    config: {
      temperature: sampling.temperature ?? defaults.temperature,
      topP: sampling.topP ?? defaults.topP,
      topK: sampling.topK ?? defaults.topK,
      minP: sampling.minP ?? defaults.minP,
      seed,
      ...penalty?.config,
    },
    penaltyTokens: penalty?.tokens,
  };
}

/**
 * OpenAI's penalties count the tokens of the answer so far; llama.cpp's counts the last 64 tokens, prompt included, and so do all where the
 * request says how many.
 */
function repeatPenalty(sampling: Sampling, { prompt, generated, lastN, contextTokens }: TokensSoFar) {
  const frequencyPenalty = sampling.frequencyPenalty ?? 0;
  const presencePenalty = sampling.presencePenalty ?? 0;
  const penalty = sampling.repeatPenalty ?? 1;
  if (lastN === 0 || (frequencyPenalty === 0 && presencePenalty === 0 && penalty === 1)) return undefined;
  const onlyRepeat = frequencyPenalty === 0 && presencePenalty === 0;
  const asked = lastN === undefined ? undefined : lastN < 0 ? contextTokens : Math.min(lastN, contextTokens);
  const window = asked ?? (onlyRepeat ? repeatWindowTokens : undefined);
  const tokens =
    window === undefined
      ? () => generated
      : () => {
          const missing = window - generated.length;
          return missing > 0 ? [...prompt.slice(-missing), ...generated] : generated.slice(-window);
        };
  // With a window of fixed size the sampler is not created again for every token.
  const config: Partial<SamplerConfig> = {
    repeatPenaltyMaxTokens: window ?? penaltyWindowTokens,
    repeatPenalty: penalty,
    repeatPenaltyFrequencyPenalty: frequencyPenalty,
    repeatPenaltyPresencePenalty: presencePenalty,
  };
  return { tokens, config };
}

/** OpenAI's penalties count this many of the last tokens; older ones no longer count. */
const penaltyWindowTokens = 4096;

function checkRanges(sampling: Sampling): void {
  const ranges: [keyof Sampling, string, number, number][] = [
    ["temperature", "temperature", 0, 10],
    ["topP", "top_p", 0, 1],
    ["topK", "top_k", -1, 1_000_000],
    ["minP", "min_p", 0, 1],
    ["frequencyPenalty", "frequency_penalty", -2, 2],
    ["presencePenalty", "presence_penalty", -2, 2],
    ["repeatPenalty", "repeat_penalty", 0.01, 10],
  ];
  for (const [key, param, min, max] of ranges) {
    const value = sampling[key];
    if (value === undefined || (value >= min && value <= max)) continue;
    throw new SahabError("invalid_request", `${param} is ${value}; a number from ${min} to ${max} is allowed`, {
      param,
    });
  }
}
