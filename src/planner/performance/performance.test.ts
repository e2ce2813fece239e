import { describe, expect, test } from "bun:test";
import { keptBytes, type ModelProfile } from "../models/index.ts";
import {
  batchMax,
  decodeStepMs,
  prefillMs,
  throughput,
  watts,
  type AcceleratorFigures,
  type LatencyGoal,
  type Replica,
} from "./index.ts";

const a100: AcceleratorFigures = {
  id: "a100-80gb",
  memoryBytes: 80e9,
  memoryBytesPerSecond: 2.039e12,
  flopsPerSecond: { bf16: 312e12, f16: 312e12, f32: 19.5e12 },
  linkBytesPerSecond: 300e9,
  wattsFull: 400,
  wattsIdle: 60,
};

const dense: ModelProfile = {
  name: "llama2-70b",
  parameters: 68_976_648_192,
  activeParameters: 68_714_504_192,
  layers: 80,
  hidden: 8192,
  vocabulary: 32_000,
  weightBytes: 2 * 68_976_648_192,
  precision: "f16",
  attention: {
    keptNumbersPerToken: 2 * 8 * 128 * 80,
    windows: [],
    flopsPerTokenPair: 80 * 64 * 4 * 128,
  },
  source: "config.json",
};
const replica: Replica = {
  model: dense,
  accelerator: a100,
  tensorParallel: 4,
  precision: "f16",
  keptBytesPerNumber: 2,
};
const goal: LatencyGoal = {
  promptTokens: 1024,
  cachedShare: 0,
  answerTokens: 256,
  timePerTokenMs: 100,
  firstTokenMs: 2000,
};

test("more work never takes less time", () => {
  let before = { prefill: 0, decode: 0 };
  for (const batch of [1, 2, 4, 8, 16, 32, 64]) {
    const now = {
      prefill: prefillMs(replica, { promptTokens: 512, batch }),
      decode: decodeStepMs(replica, { contextTokens: 512, batch }),
    };
    expect(now.prefill).toBeGreaterThan(before.prefill);
    expect(now.decode).toBeGreaterThan(before.decode);
    before = now;
  }
});

test("cached tokens are not computed, and cost their reading", () => {
  const whole = prefillMs(replica, { promptTokens: 8192, batch: 1 });
  const half = prefillMs(replica, { promptTokens: 8192, cachedTokens: 4096, batch: 1 });
  expect(half).toBeLessThan(whole * 0.6);
  expect(half).toBeGreaterThan(prefillMs(replica, { promptTokens: 4096, batch: 1 }));
});

test("watts stay between idle and full", () => {
  for (const batch of [1, 64])
    for (const phase of ["prefill", "decode"] as const) {
      const used = watts(replica, phase, { promptTokens: 2048, contextTokens: 2048, batch });
      expect(used).toBeGreaterThan(60);
      expect(used).toBeLessThan(430);
    }
});

describe("the largest batch", () => {
  test("fits beside the weights", () => {
    const free = 0.9 * 4 * 80e9 - dense.weightBytes;
    expect(batchMax(replica, 4096)).toBe(Math.floor(free / keptBytes(dense, 4096, 2)));
    expect(batchMax({ ...replica, tensorParallel: 1 }, 1)).toBe(0);
  });

  test("keeps the goal, and one more does not", () => {
    const { batch, decodeTokensPerSecond } = throughput(replica, { ...goal, timePerTokenMs: 60 });
    const stepMs = (sequences: number) => decodeStepMs(replica, { contextTokens: 1152, batch: sequences });
    expect(stepMs(batch)).toBeLessThanOrEqual(60);
    expect(stepMs(batch + 1)).toBeGreaterThan(60);
    expect(decodeTokensPerSecond).toBeCloseTo((batch / stepMs(batch)) * 1000);
    expect(throughput(replica, { ...goal, timePerTokenMs: 1 })).toMatchObject({ decodeTokensPerSecond: 0, batch: 0 });
  });

  test("is smaller where prompts are computed between the steps", () => {
    const apart = throughput(replica, goal);
    const together = throughput(replica, { ...goal, phases: "together" });
    expect(together.batch).toBeGreaterThan(0);
    expect(together.decodeTokensPerSecond).toBeLessThan(apart.decodeTokensPerSecond);
    expect(together.prefillTokensPerSecond).toBeCloseTo(together.decodeTokensPerSecond * 4);
  });
});
