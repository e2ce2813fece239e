import type { GgufFile } from "../gguf/read-gguf.ts";

const mib = 1024 ** 2;
/** The runtime and the library, before a model is read. */
const runtimeBytes = 120 * mib;

export interface EstimateOptions {
  contextTokens: number;
  slots: number;
  batchTokens: number;
  cacheTypeK?: string;
  cacheTypeV?: string;
}

export interface MemoryEstimate {
  weightsBytes: number;
  keyValueBytes: number;
  computeBytes: number;
  outputBytes: number;
  runtimeBytes: number;
  totalBytes: number;
}

/** What the engine of a model holds once its context is full, in bytes, from the file's header alone. */
export function estimateMemory(header: GgufFile, options: EstimateOptions): MemoryEstimate {
  const { metadata, tensors } = header;
  const architecture = String(metadata["general.architecture"]);
  const read = (name: string): number => Number(metadata[`${architecture}.${name}`] ?? NaN);
  const weightsBytes = tensors.reduce((sum, { bytes }) => sum + bytes, 0);
  const heads = read("attention.head_count") || 1;
  const width = read("embedding_length") || 0;
  const keptHeads = read("attention.head_count_kv") || heads;
  const perToken =
    keptHeads *
    ((read("attention.key_length") || width / heads) + (read("attention.value_length") || width / heads)) *
    2;
  const keyValueBytes = options.contextTokens * options.slots * (read("block_count") || 0) * perToken;
  const embeddings = tensors.find(({ name }) => name === "token_embd.weight");
  const vocabularySize = embeddings?.shape[1] ?? 0;
  const computeBytes = options.batchTokens * 4 * (vocabularySize + 8 * width);
  const outputBytes = options.slots * vocabularySize * 4 + vocabularySize * 200;
  const totalBytes = weightsBytes + keyValueBytes + computeBytes + outputBytes + runtimeBytes;
  return { weightsBytes, keyValueBytes, computeBytes, outputBytes, runtimeBytes, totalBytes };
}
