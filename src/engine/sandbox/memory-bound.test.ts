import { expect, test } from "bun:test";
import type { GgufFile, GgufValue } from "../gguf/read-gguf.ts";
import { machineMemory, memoryBound } from "./memory-bound.ts";

const gib = 1024 ** 3;
const header = (fileBytes: number, fields: Record<string, GgufValue>): GgufFile => ({
  version: 3,
  fileBytes,
  metadata: { "general.architecture": "llama", ...fields },
  tensors: [],
});
const options = { contextTokens: 4096, slots: 4 };
const most = machineMemory() * 0.9;

test("a model's memory is bound by its weights and its keys and values, and by the machine's", () => {
  // Eight layers of two heads that are 64 wide, in 32 bits and three times: 24 KiB a token, 384 MiB in all.
  const small = header(gib / 2, {
    "llama.block_count": 8,
    "llama.embedding_length": 512,
    "llama.attention.head_count": 8,
    "llama.attention.head_count_kv": [2, 2, 2, 2, 2, 2, 2, 2],
  });
  expect(memoryBound(small, options)).toBe(Math.min(most, 5.375 * gib));
});

test("a file that claims anything gets no more than the machine has", () => {
  for (const value of [1e18, Number.POSITIVE_INFINITY, Number.NaN, 2n ** 63n, "many", [] as GgufValue[]]) {
    const absurd = header(1e15, {
      "llama.block_count": value,
      "llama.embedding_length": value,
      "llama.attention.head_count": 0,
    });
    const bound = memoryBound(absurd, options);
    expect(bound).toBeGreaterThan(0);
    expect(bound).toBeLessThanOrEqual(most);
  }
});
