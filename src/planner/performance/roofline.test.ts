import { describe, expect, test } from "bun:test";
import { findAccelerator } from "../data/index.ts";
import { keptBytes, readKnownModel, weightBytesAt } from "../models/index.ts";
import type { Replica } from "./replica.ts";
import { decodePass, flopsPerSecond, mixedPass, prefillPass } from "./roofline.ts";

const replicaOf = (model: string, more: Partial<Replica> = {}): Replica => ({
  model: readKnownModel(model).profile,
  accelerator: findAccelerator("h100-sxm"),
  tensorParallel: 8,
  precision: "fp8",
  keptBytesPerNumber: 2,
  ...more,
});

describe("operations of a prefill", () => {
  /** Each token attends to itself and to what is before it, as far as its window reaches. */
  const counted = (cached: number, prompt: number, window: number) => {
    let pairs = 0;
    for (let token = cached + 1; token <= prompt; token += 1) pairs += Math.min(token, window);
    return pairs;
  };

  test.each([
    [0, 512],
    [0, 1024],
    [0, 3000],
    [800, 3000],
    [2000, 2001],
  ])("%d of whose tokens are cached, of %d", (cachedTokens, promptTokens) => {
    const replica = replicaOf("gemma-3-27b");
    const { activeParameters, vocabulary, hidden } = replica.model;
    const head = vocabulary * hidden;
    const layers = 4 * 32 * 128;
    const expected =
      2 * (activeParameters - head) * (promptTokens - cachedTokens) +
      2 * head +
      10 * layers * counted(cachedTokens, promptTokens, Number.POSITIVE_INFINITY) +
      52 * layers * counted(cachedTokens, promptTokens, 1024);
    expect(prefillPass(replica, { promptTokens, cachedTokens, batch: 1 }).flops / expected).toBeCloseTo(1, 9);
    expect(prefillPass(replica, { promptTokens, cachedTokens, batch: 3 }).flops / expected).toBeCloseTo(3, 9);
  });

  test("at least one token is computed, however much is cached", () => {
    const replica = replicaOf("llama-3.1-8b");
    const all = prefillPass(replica, { promptTokens: 100, cachedTokens: 100, batch: 1 });
    expect(all).toEqual(prefillPass(replica, { promptTokens: 100, cachedTokens: 99, batch: 1 }));
  });
});

describe("bytes of a step", () => {
  test("are all weights and what the sequences keep", () => {
    const replica = replicaOf("llama-3.1-70b");
    const { model } = replica;
    const { bytes } = decodePass(replica, { contextTokens: 1000, batch: 5 });
    expect(bytes).toBeCloseTo(model.activeParameters + 5 * keptBytes(model, 1000, 2), -3);
  });

  test("are of few experts for one token, and of nearly all of them for many", () => {
    const replica = replicaOf("deepseek-v3");
    const read = (batch: number) => decodePass(replica, { contextTokens: 0, batch }).bytes;
    expect(read(1)).toBeCloseTo(replica.model.activeParameters, -3);
    // 32 tokens choose 8 of 256 each: 1 − (1 − 8/256)³² of all.
    expect(read(32) / weightBytesAt(replica.model, "fp8")).toBeCloseTo(1 - (1 - 1 / 32) ** 32, 1);
    expect(read(1000) / weightBytesAt(replica.model, "fp8")).toBeGreaterThan(0.99);
  });
});

test("a step with a piece of a prompt is both, and reads the weights once", () => {
  const replica = replicaOf("llama-3.1-70b");
  const decode = { contextTokens: 1000, batch: 16 };
  const step = decodePass(replica, decode);
  const prompt = prefillPass(replica, { promptTokens: 512, batch: 1 });
  const mixed = mixedPass(replica, decode, { promptTokens: 512 }, 0.5);
  expect(mixed.flops).toBeCloseTo(step.flops + prompt.flops / 2);
  expect(mixed.bytes).toBeCloseTo(step.bytes + keptBytes(replica.model, 512, 2) / 2);
  expect(mixed.summedBytes).toBe(step.summedBytes + prompt.summedBytes / 2);
  expect(mixedPass(replica, decode, { promptTokens: 512 }, 0)).toEqual(step);
});

test("weights are multiplied at their own precision where the chip can, else in 16 bits", () => {
  expect(flopsPerSecond(replicaOf("llama-3.1-8b"))).toBe(1_978.9e12);
  expect(flopsPerSecond(replicaOf("llama-3.1-8b", { accelerator: findAccelerator("a100-80gb") }))).toBe(312e12);
  const accelerator = { ...findAccelerator("h100-sxm"), flopsPerSecond: { int8: 1 } };
  expect(() => flopsPerSecond(replicaOf("llama-3.1-8b", { accelerator }))).toThrow(
    "Cannot compute in fp8 on h100-sxm: no FLOP/s are known of it in fp8, bf16, f16 or f32",
  );
});
