import type { Token } from "node-llama-cpp";
import { SahabError } from "../../../base/errors.ts";
import type { Addon, AddonContext, AddonSampler, GrammarState, SamplerConfig } from "./addon.ts";

/** The part of a sampler's configuration that changes while an answer is written. */
export interface SamplerChanges {
  /** The tokens that a repeat penalty counts. */
  penaltyTokens?: (() => readonly Token[]) | undefined;
  /** The grammar that the next token must follow; undefined for none. */
  grammar?: (() => GrammarState | undefined) | undefined;
}

export interface Sampled {
  token: Token;
  /** Of the candidates that were left, most likely first. */
  probabilities: Map<Token, number> | undefined;
}

/** Chooses the tokens of one answer. Its random numbers and penalties go on wherever the answer goes on. */
export class Sampler {
  readonly #sampler: AddonSampler;
  readonly #config: SamplerConfig;
  readonly #changes: SamplerChanges;
  #applied = false;
  #grammar: GrammarState | undefined;

  constructor(addon: Addon, config: SamplerConfig, changes: SamplerChanges = {}) {
    this.#sampler = addon.createSampler();
    this.#config = config;
    this.#changes = changes;
  }

  /** After the token at a place of the batch that has just been decoded. Throws `invalid_request` where biases forbid all that could come. */
  async sample(context: AddonContext, place: number, withProbabilities: boolean): Promise<Sampled> {
    this.#configure();
    try {
      return await this.#draw(context, place, withProbabilities);
    } catch (cause) {
      if (!this.#config.tokenBiasKeys) throw cause;
      throw new SahabError("invalid_request", "logit_bias forbids all tokens with which the answer could go on", {
        param: "logit_bias",
        cause,
      });
    }
  }

  async #draw(context: AddonContext, place: number, withProbabilities: boolean): Promise<Sampled> {
    if (!withProbabilities)
      return { token: check(await context.sampleToken(place, this.#sampler)), probabilities: undefined };
    const [token, pairs = []] = await context.sampleToken(place, this.#sampler, true);
    const probabilities = new Map<Token, number>();
    for (let i = 1; i < pairs.length; i += 2) probabilities.set(pairs[i - 1] as Token, pairs[i] as number);
    return { token: check(token), probabilities };
  }

  dispose(): void {
    this.#sampler.dispose();
  }

  #configure(): void {
    const grammar = this.#changes.grammar?.();
    const tokens = this.#changes.penaltyTokens?.();
    // Most answers have neither, and are configured once.
    if (this.#applied && !tokens && grammar === this.#grammar) return;
    const breakers = this.#config.dryRepeatPenaltySequenceBreakers;
    this.#sampler.applyConfig({
      ...this.#config,
      ...(breakers !== undefined && this.#applied && { dryRepeatPenaltySequenceBreakers: false }),
      ...(tokens && { repeatPenaltyTokens: Uint32Array.from(tokens) }),
      ...(grammar && { grammarEvaluationState: grammar }),
    });
    this.#applied = true;
    this.#grammar = grammar;
  }
}

function check(token: Token | -1): Token {
  if (token === -1) throw new Error("llama.cpp found no token to go on with");
  return token;
}
