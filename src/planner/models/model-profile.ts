/** What one weight is stored in. */
export type Precision = "f32" | "bf16" | "f16" | "fp8" | "int8" | "int4";

/** Of one weight. Four bits share a scale of one byte for each 32 weights (OCP Microscaling Formats 1.0: MXFP4). */
export const bytesPerWeight: Readonly<Record<Precision, number>> = {
  f32: 4,
  bf16: 2,
  f16: 2,
  fp8: 1,
  int8: 1,
  int4: 0.5 + 1 / 32,
};

/** Layers of attention that see only the last tokens. */
export interface AttentionWindow {
  /** How many tokens back. */
  tokens: number;
  /** Numbers kept of each token in these layers. */
  keptNumbersPerToken: number;
  /** The part of `attention.flopsPerTokenPair` that is these layers'. */
  flopsPerTokenPair?: number;
}

/** What memory and time of a model depend on. */
export interface ModelProfile {
  name: string;
  /** All weights. */
  parameters: number;
  /**
   * Weights that are multiplied for one token: without the experts that it does not use, and without the table of
   * embeddings, of which it reads one row (where the table is the output layer too, it counts).
   */
  activeParameters: number;
  layers: number;
  /** The longest context that it was made for, in tokens; undefined where the file does not say. */
  contextTokensMax?: number;
  hidden: number;
  vocabulary: number;
  /** Bytes of all weights, as the file has them or at `precision`. */
  weightBytes: number;
  precision: Precision;
  attention: {
    /** Numbers kept of each token over all layers that see the whole context; MLA: (kv_lora_rank + rope) × layers. */
    keptNumbersPerToken: number;
    /** Numbers kept of each token in windowed layers, and the window. */
    windows: readonly AttentionWindow[];
    /** Floating-point operations of one token's attention for each token before it, over all layers (2 for scores + 2 for values, per head and width). */
    flopsPerTokenPair: number;
    /** The same in decode where it differs: MLA attends to the compressed keys, which are wider. */
    decodeFlopsPerTokenPair?: number;
  };
  /** A mixture of experts: which weights a step reads depends on how many tokens choose among them. */
  experts?: {
    /** In each layer that has them, shared ones not counted. */
    count: number;
    perToken: number;
    /** Weights of all of them, in all layers. */
    parameters: number;
  };
  /** Bytes of a state of fixed size that each sequence keeps (state space layers). */
  stateBytes?: number;
  source: string;
}

/** Bytes that a context of so many tokens keeps, at bytes a number (2 in f16). */
export function keptBytes(
  { attention, stateBytes = 0 }: Pick<ModelProfile, "attention" | "stateBytes">,
  contextTokens: number,
  bytesPerNumber: number,
): number {
  const windowed = attention.windows.reduce(
    (total, { tokens, keptNumbersPerToken }) => total + Math.min(tokens, contextTokens) * keptNumbersPerToken,
    0,
  );
  return (attention.keptNumbersPerToken * contextTokens + windowed) * bytesPerNumber + stateBytes;
}

/** Bytes of all weights at a precision. */
export function weightBytesAt({ precision, weightBytes, parameters }: ModelProfile, asked: Precision): number {
  return asked === precision ? weightBytes : parameters * bytesPerWeight[asked];
}

/** The same model with its weights stored otherwise. */
export function atPrecision(model: ModelProfile, precision: Precision): ModelProfile {
  if (precision === model.precision) return model;
  return { ...model, precision, weightBytes: weightBytesAt(model, precision) };
}
