import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { measureFilledEngine } from "../../testing/engine-memory.ts";
import { writeRandomModel, type RandomModelOptions } from "../../testing/gguf/random-model.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import type { GgufFile, GgufTensor, GgufValue } from "../gguf/read-gguf.ts";
import { estimateMemory } from "./estimate.ts";

const folder = makeTemporaryFolder();
afterAll(() => removeTemporaryFolder(folder));

const header = (
  architecture: string,
  fields: Record<string, GgufValue>,
  tensors: readonly (Partial<GgufTensor> & { shape: number[] })[] = [],
): GgufFile => ({
  version: 3,
  fileBytes: 1,
  metadata: {
    "general.architecture": architecture,
    ...Object.fromEntries(Object.entries(fields).map(([name, value]) => [`${architecture}.${name}`, value])),
  },
  tensors: tensors.map((tensor) => ({
    name: "blk.0.ffn_up.weight",
    type: "Q8_0",
    offsetBytes: 0,
    bytes: 0,
    ...tensor,
  })),
});

/** Of keys and values in one slot of this many tokens. */
const perToken = (file: GgufFile, contextTokens: number, more = {}) =>
  estimateMemory(file, { contextTokens, slots: 1, ...more }).keyValueBytes / contextTokens;

describe("keys and values", () => {
  const llama = {
    block_count: 32,
    embedding_length: 4096,
    "attention.head_count": 32,
    "attention.head_count_kv": 8,
  };

  test("of grouped queries, in each type, for all slots", () => {
    const file = header("llama", llama);
    // 32 layers × 8 heads × 128 numbers, of keys and of values.
    expect(perToken(file, 4096)).toBe(32 * 8 * 128 * 2 * 2);
    expect(perToken(file, 4096, { cacheTypeK: "q8_0" })).toBe(32 * 8 * 128 * (2 + 34 / 32));
    expect(perToken(file, 4096, { cacheTypeK: "q4_0", cacheTypeV: "q4_0" })).toBe(32 * 8 * 128 * 2 * (18 / 32));
    expect(perToken(file, 4096, { slots: 6 })).toBe(6 * perToken(file, 4096));
    // Cells come in blocks of 256.
    expect(perToken(file, 100) * 100).toBe(perToken(file, 256) * 256);
  });

  test("of DeepSeek-V3, which keeps compressed keys alone: 70,272 bytes a token", () => {
    const file = header("deepseek2", {
      block_count: 61,
      embedding_length: 7168,
      "attention.head_count": 128,
      "attention.head_count_kv": 1,
      "attention.kv_lora_rank": 512,
      "attention.key_length": 576,
      "attention.value_length": 512,
      "attention.key_length_mla": 192,
      "attention.value_length_mla": 128,
    });
    expect(perToken(file, 8192)).toBe(70_272);
  });

  test("of layers with a window, which keep it and a batch", () => {
    const gemma = { ...llama, block_count: 12, "attention.sliding_window": 1024 };
    const one = 8 * 128 * 2 * 2;
    // Every sixth layer of a Gemma 3 sees everything.
    // A batch of 512 and a token, in blocks of 256.
    const windowed = (1024 + 768) * 10 * one;
    expect(perToken(header("gemma3", gemma), 32_768) * 32_768).toBe(32_768 * 2 * one + windowed);
    const stated = { ...gemma, "attention.sliding_window_pattern": [...Array<boolean>(11).fill(true), false] };
    expect(perToken(header("mimo2", stated), 32_768) * 32_768).toBe(32_768 * one + (windowed * 11) / 10);
    // A window shorter than the context is no use to a context that is shorter still; and Qwen's files state one that llama.cpp does not use.
    expect(perToken(header("gemma3", gemma), 512)).toBe(12 * one);
    expect(perToken(header("qwen2", gemma), 32_768)).toBe(12 * one);
  });

  test("of states, which do not grow with the context", () => {
    const ssm = { "ssm.conv_kernel": 4, "ssm.inner_size": 8192, "ssm.state_size": 128, "ssm.group_count": 8 };
    const state = 4 * (3 * (8192 + 2 * 8 * 128) + 8192 * 128);
    const mamba = header("mamba2", { block_count: 64, embedding_length: 4096, ...ssm });
    for (const contextTokens of [256, 65_536])
      expect(estimateMemory(mamba, { contextTokens, slots: 2 }).keyValueBytes).toBe(64 * 2 * state);
    // A hybrid: layers without heads of keys have a state.
    const hybrid = header("granitehybrid", {
      ...llama,
      block_count: 4,
      "attention.head_count_kv": [0, 0, 8, 0],
      ...ssm,
    });
    expect(perToken(hybrid, 4096) * 4096).toBe(3 * state + 4096 * 8 * 128 * 4);
  });
});

test("weights that the processor reads in another order are there twice", () => {
  const file = header("llama", { block_count: 1, embedding_length: 64 }, [
    { type: "Q4_K", shape: [256, 8], bytes: 1000 },
    { type: "Q6_K", shape: [256, 8], bytes: 100 },
    { type: "Q4_K", shape: [256, 8], bytes: 10, name: "token_embd.weight" },
    { type: "F32", shape: [256], bytes: 1 },
  ]);
  const weights = (processor: string) => estimateMemory(file, { contextTokens: 256, slots: 1, processor }).weightsBytes;
  expect(weights("x64")).toBe(2111);
  expect(weights("arm64")).toBe(2211);
});

test("whatever a file claims, there is an answer at once", () => {
  for (const value of [
    1e18,
    Number.NaN,
    -1,
    2n ** 63n,
    "many",
    true,
    [],
    Array<number>(5000).fill(1e9),
  ] as GgufValue[]) {
    const names = ["block_count", "embedding_length", "attention.head_count_kv", "feed_forward_length", "expert_count"];
    const startMs = performance.now();
    const absurd = header("gemma3", Object.fromEntries(names.map((name) => [name, value])));
    expect(estimateMemory(absurd, { contextTokens: 4096, slots: 4 }).totalBytes).toBeGreaterThan(0);
    expect(performance.now() - startMs).toBeLessThan(1_000);
  }
});

/** Larger ones: `npm run bench -- --only engine-memory`. */
describe.skipIf(process.platform !== "linux")("a running engine that is full holds what was foreseen", () => {
  const shapes: Record<string, RandomModelOptions> = {
    "grouped queries in four bits": {
      architecture: "llama",
      weightType: "Q4_0",
      size: { hidden: 256, layers: 4 },
      vocabularySize: 16_000,
    },
    "compressed keys and experts": { architecture: "deepseek2", size: { hidden: 256, layers: 4 } },
    "a sliding window": { architecture: "gemma3", size: { hidden: 256, layers: 6, headSize: 64 } },
  };
  for (const [name, options] of Object.entries(shapes))
    test(name, async () => {
      const file = join(folder, `${name}.gguf`);
      await writeRandomModel(file, { weightType: "Q8_0", isRepeated: true, ...options });
      const { filledBytes, estimate } = await measureFilledEngine(file, { contextTokens: 512, slots: 2 });
      // Of so little, the process is most, and it differs with its libraries.
      expect(estimate.totalBytes / filledBytes).toBeGreaterThan(0.95);
      expect(estimate.totalBytes / filledBytes).toBeLessThan(1.05);
    });
});
