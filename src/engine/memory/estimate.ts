import { architectureOf, readNumber } from "../gguf/header-fields.ts";
import type { GgufFile } from "../gguf/read-gguf.ts";
import { layerCells } from "./cells.ts";
import { computeBytes } from "./compute-bytes.ts";
import { readShape, type ModelShape } from "./model-shape.ts";
import { repackedBytes } from "./repacked-bytes.ts";

export interface MemoryOptions {
  /** Of one slot. */
  contextTokens: number;
  slots: number;
  /** The most tokens that are evaluated at once; as the engine chooses it by default. */
  batchTokens?: number;
  /** ggml's names of the types of keys and values, such as `q8_0`; f16 by default. */
  cacheTypeK?: string | undefined;
  cacheTypeV?: string | undefined;
  /** As `process.arch` has it: llama.cpp keeps some weights twice, which ones depends on the processor. */
  processor?: string;
}

/** In bytes, when all slots are full. */
export interface MemoryEstimate {
  /** Of the file as it is mapped, and what llama.cpp keeps of it once more in the order that the processor likes. */
  weightsBytes: number;
  /** Keys, values and states of all slots. */
  keyValueBytes: number;
  /** What evaluating a batch needs. */
  computeBytes: number;
  /** Vocabulary, and the scores of each of its tokens for each slot. */
  outputBytes: number;
  /** The process with its libraries, before there is a model. */
  runtimeBytes: number;
  totalBytes: number;
}

const mib = 1024 ** 2;
/** Bun, the library, llama.cpp and what requests leave behind: what a model of 0.1 M weights takes beyond the other parts (Bun 1.4.5 on x86-64: 88 to 92). */
const runtimeBytes = 90 * mib;
/** llama.cpp's texts with their places in both directions and their pieces, and the bytes that the engine keeps: measured with 32,000 and 128,256 tokens. */
const tokenBytes = 200;
/** Two short texts and a rank in a hash table. */
const mergeBytes = 104;
const batchTokensDefault = 512;

/**
 * The resident memory (as VmRSS has it: pages of mapped files count, those of the model as well as the program's own) of an engine's process
 * that has filled all of its slots, foreseen from the header of its file alone. A split model's header has the tensors of all parts. Formulas are llama.cpp's own: src/llama-kv-cache.cpp, llama-memory-recurrent.cpp and
 * llama-graph.cpp, with flash attention.
 */
export function estimateMemory(header: GgufFile, options: MemoryOptions): MemoryEstimate {
  const shape = readShape(header);
  const batchTokens = batchTokensOf(options);
  const parts = {
    weightsBytes:
      sum(header.tensors.map(({ bytes }) => bytes)) + repackedBytes(header, options.processor ?? process.arch),
    keyValueBytes: keyValueBytes(shape, options, batchTokens),
    computeBytes: computeBytes(header, shape, { batchTokens, contextTokens: options.contextTokens }),
    outputBytes: shape.vocabulary * (tokenBytes + options.slots * scoreBytes) + shape.merges * mergeBytes,
    runtimeBytes,
  };
  return { ...parts, totalBytes: Math.ceil(sum(Object.values(parts))) };
}

/**
 * What the context takes that embeds or ranks inputs, each of them in one batch, once there is a request for that: of models that are made for
 * it (`pooling_type`, no causal attention). 0 for others, of which such requests are few.
 */
export function embeddingBytes(header: GgufFile, contextTokens: number): number {
  const isMadeForIt =
    (readNumber(header, "pooling_type") ?? 0) > 0 ||
    header.metadata[`${architectureOf(header)}.attention.causal`] === false;
  if (!isMadeForIt) return 0;
  const shape = readShape(header);
  return (
    keyValueBytes(shape, { contextTokens, slots: 1 }, contextTokens) +
    computeBytes(header, shape, { batchTokens: contextTokens, contextTokens })
  );
}

/** In 32 bits, by the graph and for the sampler. */
const scoreBytes = 8;

/** Beside the tokens of all answers there is always room for a piece of a prompt. */
function batchTokensOf({ batchTokens, contextTokens, slots }: MemoryOptions): number {
  return Math.max(batchTokens ?? Math.min(batchTokensDefault, contextTokens), slots + 32);
}

/** Keys and values of all slots. Layers with a sliding window keep the window and a batch. */
export function keyValueBytes(
  { layers }: Pick<ModelShape, "layers">,
  { contextTokens, slots, cacheTypeK, cacheTypeV }: MemoryOptions,
  batchTokens: number,
): number {
  const [keyBytes, valueBytes] = [bytesOfNumber(cacheTypeK), bytesOfNumber(cacheTypeV)];
  let perSlot = 0;
  for (const { keptKeys, keptValues, windowTokens, state } of layers) {
    const cells = layerCells(windowTokens, { contextTokens, batchTokens });
    perSlot += cells * (keptKeys * keyBytes + keptValues * valueBytes) + state * 4;
  }
  return perSlot * slots;
}

/** Bytes of one number in keys and values, whose types are ggml's. */
function bytesOfNumber(type = "f16"): number {
  return numberBytes[type.toLowerCase()] ?? 4;
}

const numberBytes: Readonly<Record<string, number>> = {
  f32: 4,
  f16: 2,
  bf16: 2,
  q8_0: 34 / 32,
  q5_1: 24 / 32,
  q5_0: 22 / 32,
  q4_1: 20 / 32,
  q4_0: 18 / 32,
  iq4_nl: 18 / 32,
};

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
