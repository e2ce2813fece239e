import type { Llama, LlamaGrammarEvaluationState, LlamaModel, Token } from "node-llama-cpp";

// The lower layer of node-llama-cpp: thin objects over llama.cpp's own functions. Nothing else of the program reaches into the library.

/** Keys, values and batches of a model. All of its methods are for one caller at a time. */
export interface AddonContext {
  /** False where there is not enough memory. */
  init(): Promise<boolean>;
  setThreads(threads: number): void;
  /** Begins a batch of at most so many tokens. */
  initBatch(tokens: number): void;
  /** Adds a sequence's next tokens; `wanted` are those of them after which a token is sampled. Returns their places in the batch. */
  addToBatch(sequenceId: number, firstPosition: number, tokens: Uint32Array, wanted: Uint32Array): Uint32Array;
  decodeBatch(): Promise<void>;
  /** -1 where nothing can be sampled. */
  sampleToken(place: number, sampler: AddonSampler): Promise<Token | -1>;
  /** With the candidates that were left, most likely first: token, probability, token, probability … */
  sampleToken(place: number, sampler: AddonSampler, probabilities: true): Promise<[Token | -1, number[] | undefined]>;
  /** Empties a sequence. */
  disposeSequence(sequenceId: number): void;
  /** Positions from `start` to before `end`. False where the model's state cannot be cut there. */
  removeTokenCellsFromSequence(sequenceId: number, start: number, end: number): boolean;
  /** -1 for an empty sequence. With a sliding window, older positions are gone. */
  getSequenceKvCacheMinPosition(sequenceId: number): number;
  /** Returns how many bytes it wrote. */
  saveSequenceStateToFile(path: string, sequenceId: number, tokens: Uint32Array): Promise<number>;
  loadSequenceStateFromFile(path: string, sequenceId: number, tokensMax: number): Promise<Uint32Array>;
  setLoras(adapters: readonly AddonLora[], scales: readonly number[]): void;
}

/** What of llama.cpp's samplers applies, in llama.cpp's own terms. A field that is missing switches its sampler off. */
export interface SamplerConfig {
  temperature: number;
  topK?: number;
  topP?: number;
  minP?: number;
  /** 32 bits. */
  seed: number;
  xtcProbability?: number;
  xtcThreshold?: number;
  repeatPenalty?: number;
  repeatPenaltyMaxTokens?: number;
  repeatPenaltyTokens?: Uint32Array;
  repeatPenaltyPresencePenalty?: number;
  repeatPenaltyFrequencyPenalty?: number;
  dryRepeatPenaltyStrength?: number;
  dryRepeatPenaltyBase?: number;
  dryRepeatPenaltyAllowedLength?: number;
  dryRepeatPenaltyLastTokens?: number;
  /** False where they are those of the last time. */
  dryRepeatPenaltySequenceBreakers?: readonly string[] | false;
  tokenBiasKeys?: Uint32Array;
  tokenBiasValues?: Float32Array;
  grammarEvaluationState?: GrammarState;
}

export interface AddonSampler {
  applyConfig(config: SamplerConfig): void;
  dispose(): void;
}

export interface ContextOptions {
  /** Of one sequence. */
  contextTokens: number;
  sequences: number;
  batchTokens: number;
  threads: number;
  /** Names of ggml, such as "q8_0"; f16 where they are missing. */
  keyType?: string | undefined;
  valueType?: string | undefined;
  /** A sliding window keeps a batch beside it. */
  hasSlidingWindow: boolean;
}

/** Which part of a grammar an answer has reached. */
export type GrammarState = object & { readonly grammarState: never };
export type AddonLora = object & { readonly lora: never };

export interface Addon {
  /** Throws where there is not enough memory, and for a type that llama.cpp does not have. */
  createContext(options: ContextOptions): Promise<AddonContext>;
  createSampler(): AddonSampler;
  grammarState(state: LlamaGrammarEvaluationState): GrammarState;
  loadLora(path: string): Promise<AddonLora>;
}

/** llama.cpp counts cells in blocks of this many. */
const cellsOfBlock = 256;

/**
 * Reaches the lower layer through the objects that the library has opened. The library's own decode loop decodes n streams in batches of n - 1,
 * in an order that llama.cpp splits, and shares batches among prompts, and offers no way to change that. Throws
 * where the library is not made as expected: its version is pinned.
 */
export function openAddon(llama: Llama, model: LlamaModel): Addon {
  const bindings = Reflect.get(llama, "_bindings") as Bindings | undefined;
  const inner = Reflect.get(model, "_model") as InnerModel | undefined;
  if (!bindings || !inner || !isAsExpected(bindings))
    throw new Error(
      "this version of node-llama-cpp is made in another way than the one that the program was written for",
    );
  const typeCode = (name: string | undefined) => {
    if (name === undefined) return undefined;
    const code = bindings.getGgmlType(name.toUpperCase());
    if (code === undefined) throw new Error(`llama.cpp has no type ${name} for keys and values`);
    return code;
  };
  return {
    async createContext(options) {
      const [keyType, valueType] = [typeCode(options.keyType), typeCode(options.valueType)];
      const cells = Math.ceil(options.contextTokens / cellsOfBlock) * cellsOfBlock;
      const context = new bindings.AddonContext(inner, {
        contextSize: cells * options.sequences,
        sequences: options.sequences,
        batchSize: options.batchTokens + (options.hasSlidingWindow ? 1 : 0),
        threads: options.threads,
        // llama.cpp knows best for which models it has it; the library switches it off where keys and values differ in length.
        flashAttention: "auto",
        ...(keyType !== undefined && { kvCacheKeyType: keyType }),
        ...(valueType !== undefined && { kvCacheValueType: valueType }),
      });
      if (!(await context.init()))
        throw new Error(
          "there is not enough memory, or llama.cpp cannot compute with keys and values of these types for this model",
        );
      return context;
    },
    createSampler: () => new bindings.AddonSampler(inner),
    grammarState: (state) => Reflect.get(state, "_state") as GrammarState,
    async loadLora(path) {
      const lora = new bindings.AddonModelLora(inner, path);
      await inner.loadLora(lora);
      return lora;
    },
  };
}

/** All that is used of the library's inner objects: what is missing would else be found out in the middle of an answer. */
const contextMethods: readonly (keyof AddonContext)[] = [
  "init",
  "setThreads",
  "initBatch",
  "addToBatch",
  "decodeBatch",
  "sampleToken",
  "disposeSequence",
  "removeTokenCellsFromSequence",
  "getSequenceKvCacheMinPosition",
  "saveSequenceStateToFile",
  "loadSequenceStateFromFile",
  "setLoras",
];

function isAsExpected({ AddonContext, AddonSampler, AddonModelLora, getGgmlType }: Partial<Bindings>): boolean {
  if (![AddonContext, AddonSampler, AddonModelLora, getGgmlType].every((one) => typeof one === "function"))
    return false;
  const methods: unknown = AddonContext?.prototype;
  return contextMethods.every((name) => typeof Reflect.get(methods as object, name) === "function");
}

interface InnerModel {
  loadLora(lora: AddonLora): Promise<void>;
}

interface Bindings {
  AddonContext: new (model: InnerModel, options: Record<string, unknown>) => AddonContext;
  AddonSampler: new (model: InnerModel) => AddonSampler;
  AddonModelLora: new (model: InnerModel, path: string) => AddonLora;
  getGgmlType(name: string): number | undefined;
}
