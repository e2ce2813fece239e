import { expect, test } from "bun:test";
import { join } from "node:path";
import type { Replica } from "../performance/index.ts";
import { readTrace, replicasFor, scaleRate, serverKindOf, simulate } from "./index.ts";

const trace = scaleRate(
  readTrace(await Bun.file(join(import.meta.dir, "../../testing/traces/azure-code.csv")).text(), "azure-code"),
  8,
);
const replica: Replica = {
  model: {
    name: "llama2-70b",
    parameters: 68_976_648_192,
    activeParameters: 68_714_504_192,
    layers: 80,
    hidden: 8192,
    vocabulary: 32_000,
    weightBytes: 2 * 68_976_648_192,
    precision: "f16",
    attention: { keptNumbersPerToken: 2 * 8 * 128 * 80, windows: [], flopsPerTokenPair: 80 * 64 * 4 * 128 },
    source: "config.json",
  },
  accelerator: {
    id: "a100-80gb",
    memoryBytes: 80e9,
    memoryBytesPerSecond: 2.039e12,
    flopsPerSecond: { f16: 312e12 },
    linkBytesPerSecond: 300e9,
    wattsFull: 400,
    wattsIdle: 60,
  },
  tensorParallel: 4,
  precision: "f16",
  keptBytesPerNumber: 2,
};
const kind = serverKindOf(replica, trace, { sequencesMax: 32 });

test.each([2_000, 3_000, 6_000, 12_000])(
  "the least number of replicas keeps a p99 of %d ms, and one less does not",
  (firstTokenMs) => {
    const found = replicasFor(trace, kind, { firstTokenMs });
    const p99 = (replicas: number) => simulate(trace, kind, { replicas }).firstTokenMs.p99;
    expect(found.replicas).toBeGreaterThan(1);
    expect(p99(found.replicas!)).toBeLessThanOrEqual(firstTokenMs);
    expect(p99(found.replicas! - 1)).toBeGreaterThan(firstTokenMs);
    expect(found.result.replicas).toBe(found.replicas!);
    expect(found.result.firstTokenMs.p99).toBe(p99(found.replicas!));
    expect(found.tried[0]!.replicas).toBe(1);
  },
);

test("a share of 1 and an allowance for the own prefill move the number", () => {
  const of = (goal: object) => replicasFor(trace, kind, { firstTokenMs: 3_000, ...goal }).replicas!;
  expect(of({ share: 0.5 })).toBeLessThan(of({}));
  expect(of({ ownPrefillFactor: 1.5 })).toBeLessThan(of({}));
});

test("where no number of replicas keeps the goal, the answer is none", () => {
  const found = replicasFor(trace, kind, { firstTokenMs: 4_000, timePerTokenMs: 1 });
  expect(found.replicas).toBeUndefined();
  expect(found.tried.every(({ keepsGoal }) => !keepsGoal)).toBe(true);
  expect(found.result.replicas).toBe(found.tried.at(-1)!.replicas);
  expect(found.result.queue.most).toBeLessThan(found.result.replicas);
});

test("wrong goals, and weights that leave no memory, are refused", () => {
  expect(() => replicasFor(trace, kind, { firstTokenMs: 0 })).toThrow("the goal's time to the first token is 0");
  expect(() => replicasFor(trace, kind, { firstTokenMs: 1, share: 2 })).toThrow("the share of the goal is 2");
  expect(() => serverKindOf(replica, trace, { sequencesMax: 0 })).toThrow("Cannot simulate 0 sequences of a replica");
  expect(() => serverKindOf(replica, trace, { stepTokensMax: 0.5 })).toThrow("Cannot simulate 0.5 tokens of a step");
  expect(() => serverKindOf({ ...replica, tensorParallel: 1 }, trace)).toThrow(
    "Cannot simulate llama2-70b in f16 on 1 × a100-80gb: beside the weights its memory does not keep 512 tokens",
  );
});
