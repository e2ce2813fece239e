import { findAccelerator } from "../data/index.ts";
import { readKnownModel, type Precision } from "../models/index.ts";
import type { CalibrationNumbers } from "./calibration.ts";
import { minimise } from "./minimise.ts";
import type { Replica } from "./replica.ts";
import { throughput } from "./throughput.ts";

/** A published figure of an engine at its maximum load, as `data/published-throughput.json` has them. */
export interface PublishedPoint {
  model: string;
  accelerator: string;
  tensorParallel: number;
  promptTokens: number;
  answerTokens: number;
  /** Of answers. */
  tokensPerSecond: number;
}

export interface ThroughputPoint {
  published: PublishedPoint;
  group: string;
  replica: Replica;
}

export function throughputPointOf(published: PublishedPoint, precision: Precision): ThroughputPoint {
  const { model, accelerator, tensorParallel } = published;
  return {
    published,
    group: `${model} on ${tensorParallel} × ${accelerator}`,
    replica: {
      model: readKnownModel(model).profile,
      accelerator: findAccelerator(accelerator),
      tensorParallel,
      precision,
      keptBytesPerNumber: 1,
    },
  };
}

/** Predicted ÷ published. */
export function throughputRatio({ published, replica }: ThroughputPoint, calibration: CalibrationNumbers): number {
  const { promptTokens, answerTokens, tokensPerSecond } = published;
  const atLoad = { timePerTokenMs: Number.POSITIVE_INFINITY, firstTokenMs: Number.POSITIVE_INFINITY };
  const goal = { promptTokens, answerTokens, cachedShare: 0, phases: "together", ...atLoad } as const;
  return throughput(replica, goal, calibration).decodeTokensPerSecond / tokensPerSecond;
}

/** Efficiencies that give published figures best (least mean of the logarithms' distances). Watts are not published: their numbers are those given. */
export function fitThroughput(
  points: readonly ThroughputPoint[],
  power: Pick<CalibrationNumbers, "powerExponent" | "powerLoad" | "powerMemory">,
): CalibrationNumbers {
  const calibrationOf = (numbers: readonly number[]): CalibrationNumbers => ({
    memoryEfficiency: numbers[0] ?? 1,
    computeEfficiency: numbers[1] ?? 1,
    linkEfficiency: numbers[2] ?? 1,
    expertEfficiency: numbers[3] ?? 1,
    layerLaunchMs: numbers[4] ?? 0,
    sequenceMs: numbers[5] ?? 0,
    powerExponent: power.powerExponent,
    powerLoad: power.powerLoad,
    powerMemory: power.powerMemory,
  });
  const { numbers } = minimise(
    (tried) => {
      const calibration = calibrationOf(tried);
      return points.reduce((sum, point) => sum + Math.abs(Math.log(throughputRatio(point, calibration))), 0);
    },
    [0.7, 0.6, 0.4, 0.7, 0.02, 0.02],
    { steps: 120, rounds: 2 },
  );
  return calibrationOf(numbers);
}
