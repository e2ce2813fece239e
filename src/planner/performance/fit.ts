import { findAccelerator } from "../data/index.ts";
import { readKnownModel } from "../models/index.ts";
import type { CalibrationNumbers } from "./calibration.ts";
import { median, type MeasuredPoint } from "./measured-points.ts";
import { minimise } from "./minimise.ts";
import type { Replica } from "./replica.ts";
import { decodePass, passTimes, prefillPass, type Pass } from "./roofline.ts";
import { passWatts } from "./watts.ts";

/** Splitwise's names → ours. */
const models: Readonly<Record<string, string>> = { "llama2-70b": "llama-2-70b", "bloom-176b": "bloom-176b" };
const hardware: Readonly<Record<string, string>> = { "a100-80gb": "a100-80gb", "h100-80gb": "h100-sxm" };

/** A measured point and what the roofline is told of it. */
export interface FitPoint {
  measured: MeasuredPoint;
  /** Model, hardware and tensor parallelism: what is held out is held out whole. */
  group: string;
  replica: Replica;
  prefill: Pass;
  decode: Pass;
}

export function fitPointOf(measured: MeasuredPoint): FitPoint {
  const { model, tensorParallel, promptTokens, batch, answerTokens } = measured;
  const replica: Replica = {
    model: readKnownModel(models[model] ?? model).profile,
    accelerator: findAccelerator(hardware[measured.hardware] ?? measured.hardware),
    tensorParallel,
    precision: "f16",
    keptBytesPerNumber: 2,
    engine: "2023",
  };
  return {
    measured,
    group: `${model} on ${tensorParallel} × ${measured.hardware}`,
    replica,
    prefill: prefillPass(replica, { promptTokens, batch }),
    decode: decodePass(replica, { contextTokens: promptTokens + answerTokens / 2, batch }),
  };
}

/** By id of the accelerator. */
type Calibrations = Readonly<Record<string, CalibrationNumbers>>;

/**
 * Efficiencies that give the measured times best, then how watts follow from them: the mean of the logarithms' distances is least, of
 * which none counts more than 1, so that a point that was measured wrongly does not decide. Points that differ only in
 * the length of answers measured the same prefill and nearly the same step; of them the shortest answers count.
 */
export function fitCalibrations(points: readonly FitPoint[]): Calibrations {
  const shortest = Math.min(...points.map(({ measured }) => measured.answerTokens));
  const used = points.filter(({ measured }) => measured.answerTokens === shortest);
  const ids = [...new Set(used.map(({ replica }) => replica.accelerator.id))].toSorted();
  const calibrationsOf = (numbers: readonly number[]): Calibrations =>
    Object.fromEntries(ids.map((id, index) => [id, timesOf(numbers, index)]));
  const times = minimise(
    (numbers) => {
      const calibrations = calibrationsOf(numbers);
      return mean(used.flatMap((point) => distances(point, of(calibrations, point))));
    },
    [0.8, 0.2, ...ids.flatMap(() => [0.6, 0.4, 0.3])],
  );
  return fitPower(used, calibrationsOf(times.numbers));
}

/** Efficiencies of memory and links are shared; that of computing and the host's times are each hardware's own. */
function timesOf(numbers: readonly number[], index: number): CalibrationNumbers {
  const own = numbers.slice(2 + 3 * index);
  return {
    memoryEfficiency: numbers[0] ?? 1,
    linkEfficiency: numbers[1] ?? 1,
    computeEfficiency: own[0] ?? 1,
    // No mixture of experts was measured.
    expertEfficiency: 1,
    layerLaunchMs: own[1] ?? 0,
    sequenceMs: own[2] ?? 0,
    ...powerOf([]),
  };
}

/** Watts were measured on one kind of hardware only; the shape is taken for all. */
function fitPower(points: readonly FitPoint[], times: Calibrations): Calibrations {
  const measured = points.filter(({ measured: { peakPower, averagePower } }) => peakPower && averagePower);
  if (measured.length === 0) return times;
  const { numbers } = minimise(
    (tried) => mean(measured.flatMap((point) => powerDistances(point, { ...of(times, point), ...powerOf(tried) }))),
    [0.7, 0.45, 0.7],
  );
  return Object.fromEntries(Object.entries(times).map(([id, each]) => [id, { ...each, ...powerOf(numbers) }]));
}

const powerOf = ([powerExponent = 1, powerLoad = 1, powerMemory = 1]: readonly number[]) => ({
  powerExponent,
  powerLoad,
  powerMemory,
});

function of(calibrations: Calibrations, { replica }: FitPoint): CalibrationNumbers {
  const found = calibrations[replica.accelerator.id];
  if (!found) throw new Error(`Cannot predict ${replica.accelerator.id}: it was not among the points that were fitted`);
  return found;
}

/** Predicted ÷ measured. */
export interface Ratios {
  prefill: number;
  decode: number;
  /** Of watts. */
  peak?: number;
  average?: number;
}

export function ratiosOf(point: FitPoint, calibrations: Calibrations): Ratios {
  const { measured, replica, prefill, decode } = point;
  const calibration = of(calibrations, point);
  const limit = replica.accelerator.wattsFull;
  return {
    prefill: passTimes(replica, prefill, calibration).totalMs / measured.prefillMs,
    decode: passTimes(replica, decode, calibration).totalMs / measured.decodeMs,
    ...(measured.peakPower && { peak: passWatts(replica, prefill, calibration) / (limit * measured.peakPower) }),
    ...(measured.averagePower && {
      average: passWatts(replica, decode, calibration) / (limit * measured.averagePower),
    }),
  };
}

const distance = (ratio: number) => Math.min(1, Math.abs(Math.log(ratio)));

function distances({ measured, replica, prefill, decode }: FitPoint, calibration: CalibrationNumbers): number[] {
  return [
    distance(passTimes(replica, prefill, calibration).totalMs / measured.prefillMs),
    distance(passTimes(replica, decode, calibration).totalMs / measured.decodeMs),
  ];
}

function powerDistances({ measured, replica, prefill, decode }: FitPoint, calibration: CalibrationNumbers): number[] {
  const { peakPower = 1, averagePower = 1 } = measured;
  const limit = replica.accelerator.wattsFull;
  return [
    distance(passWatts(replica, prefill, calibration) / (limit * peakPower)),
    distance(passWatts(replica, decode, calibration) / (limit * averagePower)),
  ];
}

/** Medians of |predicted ÷ measured − 1|, of watts over both phases. */
export interface MedianErrors {
  points: number;
  prefill: number;
  decode: number;
  power?: number;
}

export function medianErrors(ratios: readonly Ratios[]): MedianErrors {
  const errors = (values: readonly (number | undefined)[]) =>
    values.filter((ratio) => ratio !== undefined).map((ratio) => Math.abs(ratio - 1));
  const power = errors(ratios.flatMap(({ peak, average }) => [peak, average]));
  return {
    points: ratios.length,
    prefill: median(errors(ratios.map(({ prefill }) => prefill))),
    decode: median(errors(ratios.map(({ decode }) => decode))),
    ...(power.length > 0 && { power: median(power) }),
  };
}

/** Each group predicted by a fit to all others. */
export function crossValidate(points: readonly FitPoint[]): Map<string, Ratios[]> {
  const groups = Map.groupBy(points, ({ group }) => group);
  return new Map(
    [...groups].map(([group, held]) => {
      const calibrations = fitCalibrations(points.filter((point) => point.group !== group));
      return [group, held.map((point) => ratiosOf(point, calibrations))];
    }),
  );
}

const mean = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
