import type { ModelProfile, Precision } from "../models/index.ts";

/** What is known of an accelerator that its speed depends on; `data/accelerator.ts` has them. */
export interface AcceleratorFigures {
  /** Such as `h100-sxm`: measurements are kept under it. */
  id: string;
  memoryBytes: number;
  memoryBytesPerSecond: number;
  /** Dense, by precision; absent where the chip cannot. */
  flopsPerSecond: Partial<Record<Precision, number>>;
  /** To its neighbours in one host, one direction. */
  linkBytesPerSecond: number;
  wattsFull: number;
  wattsIdle: number;
}

/** Accelerators that hold one copy of a model's weights together. */
export interface Replica {
  model: ModelProfile;
  accelerator: AcceleratorFigures;
  /** How many accelerators each layer is split over. */
  tensorParallel: number;
  /**
   * How layers are split: each matrix (the default), whose parts are summed over the links; or a mixture of experts by
   * experts, over many hosts, while each accelerator attends for sequences of its own. What these exchange is hidden behind
   * the computing of another half of the batch (DeepSeek-V3 technical report, arXiv 2412.19437, section 3.4), so that
   * it takes no time here.
   */
  parallelism?: "tensor" | "expert";
  /** Of the weights. */
  precision: Precision;
  /** Of keys and values: 2 in f16, 1 in fp8. */
  keptBytesPerNumber: number;
  /**
   * Whose times: engines of today (the default; fitted to what TensorRT-LLM publishes), or those of 2023, whose hosts
   * were slow (fitted to Splitwise's measurements).
   */
  engine?: "current" | "2023";
}

/** `batch` prompts at once. */
export interface PrefillWork {
  /** Of each prompt. */
  promptTokens: number;
  /** Of them, those whose keys and values a prefix cache has: they are read, not computed. */
  cachedTokens?: number;
  batch: number;
}

/** One token for each of `batch` sequences. */
export interface DecodeWork {
  /** Of each sequence, on average. */
  contextTokens: number;
  batch: number;
}
