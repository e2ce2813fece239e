import type { Llama, LlamaEmbeddingContext, LlamaModel, LlamaRankingContext } from "node-llama-cpp";
import type * as LlamaModule from "node-llama-cpp";
import type { Tuning } from "../protocol.ts";
import type { Grammars } from "./grammar/index.ts";
import type { Addon } from "./llama/addon.ts";
import type { Batcher } from "./llama/batcher.ts";
import type { NgramOptions } from "./ngram-draft.ts";
import type { OutputRules } from "./output/index.ts";
import type { Progress, SharedWork } from "./progress.ts";
import type { PromptCache } from "./prompt-cache.ts";
import type { PromptBuilder } from "./prompt.ts";
import type { QueuePlaces } from "./queue-places.ts";
import type { SamplingDefaults } from "./sampling.ts";
import type { SlotPool } from "./slots.ts";
import type { Vocabulary } from "./token-text.ts";
import type { ProjectTurns, Turns } from "./turns.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** A loaded model, and everything that its answers share. */
export interface LoadedModel {
  name: string;
  module: typeof LlamaModule;
  llama: Llama;
  model: LlamaModel;
  addon: Addon;
  batcher: Batcher;
  /** Answers are guessed ahead from what they repeat. */
  ngrams: NgramOptions | undefined;
  /** Tokens that one slot holds, prompt and answer together. */
  contextTokens: number;
  vocabulary: Vocabulary;
  tokenizer: Tokenizer;
  /** How the model writes thoughts and calls. */
  outputRules: OutputRules;
  prompts: PromptBuilder;
  /** What the model's chat template can't render. */
  templateWarnings: readonly string[];
  grammars: Grammars;
  samplingDefaults: SamplingDefaults;
  slots: SlotPool;
  promptCache: PromptCache;
  progress: Progress;
  /** Changes once, when the threads have been measured. */
  tuning: Tuning;
  /** Measures what is not known yet, while requests are answered. Undefined where nothing is to be measured. */
  tune(): Promise<{ tuning: Tuning; isSteady: boolean } | undefined>;
  /** Reading a prompt, which a long one needs many turns of the event loop for. */
  reading: ProjectTurns;
  /** Requests for embeddings that are under way, and their inputs. */
  embeddingPlaces: QueuePlaces;
  embeddingTurns: Turns;
  embedding: SharedWork;
  /** Upper bound of the tokens in one input. */
  embeddingTokensMax: number;
  /** Created when first needed: most models never embed. */
  embeddings(): Promise<LlamaEmbeddingContext>;
  /** The same for ranking. */
  rankings(): Promise<LlamaRankingContext>;
  counts: { requests: number; tokensGenerated: number; promptTokensEvaluated: number; promptTokensCached: number };
}
