import { atPrecision, keptBytes, type ModelProfile, type Precision } from "./model-profile.ts";

export interface FitAsked {
  /** Of one slot, all of it filled; the model's longest context where that is shorter. */
  contextTokens: number;
  /** Sequences at once. */
  slots: number;
  /** 2 in f16, 1 in fp8. */
  keptBytesPerNumber: number;
  /** How many of these accelerators there are; the least that it takes where it is not given. */
  accelerators?: number;
  /** Those to look at; all by default. */
  precisions?: readonly Precision[];
  /** Accelerators of a host: 8 by default. */
  hostSize?: number;
}

/** How a model fits at one precision. Bytes are of all accelerators together. */
export interface Fit {
  precision: Precision;
  weightBytes: number;
  /** Of each slot: what was asked for, or less where the model has less. */
  contextTokens: number;
  /** Of all slots, filled. */
  keptBytes: number;
  /** The least that hold weights and slots; a power of two or all of them in one host, whole hosts above it. */
  acceleratorsNeeded: number;
  hostsNeeded: number;
  /** Those that are given, or needed. */
  accelerators: number;
  /** What they leave to weights, keys and values. */
  usableBytes: number;
  isFitting: boolean;
  /** The most slots with the context asked for. */
  slotsMax: number;
  /** The longest context with the slots asked for, in tokens; never more than the model has. */
  contextTokensMax: number;
}

/** What weights, keys and values may take; activations and buffers need the rest (vLLM's default: gpu_memory_utilization). */
export const usableMemoryShare = 0.9;

/** Precisions that models are served in. */
const served: readonly Precision[] = ["bf16", "fp8", "int4"];

/** How a model fits on accelerators with so much memory each, at each precision. */
export function fit(model: ModelProfile, accelerator: { memoryBytes: number }, asked: FitAsked): readonly Fit[] {
  return (asked.precisions ?? served).map((precision) => fitAt(atPrecision(model, precision), accelerator, asked));
}

function fitAt(
  model: ModelProfile,
  { memoryBytes }: { memoryBytes: number },
  { contextTokens: asked, slots, keptBytesPerNumber, accelerators: given, hostSize = 8 }: FitAsked,
): Fit {
  const contextTokens = Math.min(asked, model.contextTokensMax ?? asked);
  const usableOf = (count: number) => count * memoryBytes * usableMemoryShare;
  const slotBytes = keptBytes(model, contextTokens, keptBytesPerNumber);
  const neededBytes = model.weightBytes + slots * slotBytes;
  const acceleratorsNeeded = wholeCount(neededBytes / usableOf(1), hostSize);
  const accelerators = given ?? acceleratorsNeeded;
  const usableBytes = usableOf(accelerators);
  const freeBytes = usableBytes - model.weightBytes;
  return {
    precision: model.precision,
    weightBytes: model.weightBytes,
    contextTokens,
    keptBytes: slots * slotBytes,
    acceleratorsNeeded,
    hostsNeeded: Math.ceil(acceleratorsNeeded / hostSize),
    accelerators,
    usableBytes,
    isFitting: neededBytes <= usableBytes,
    slotsMax: Math.max(0, Math.floor(freeBytes / slotBytes)),
    contextTokensMax: longestContext(model, freeBytes / slots, keptBytesPerNumber),
  };
}

/** Layers are split evenly over a power of two within a host, or over whole hosts. */
function wholeCount(least: number, hostSize: number): number {
  for (let count = 1; count < hostSize; count *= 2) if (least <= count) return count;
  return Math.ceil(least / hostSize) * hostSize;
}

/** Where a file does not state the longest context: no model has more. */
const contextTokensLimit = 100_000_000;

function longestContext(model: ModelProfile, bytes: number, keptBytesPerNumber: number): number {
  let [fits, tooLong] = [0, (model.contextTokensMax ?? contextTokensLimit) + 1];
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    if (keptBytes(model, middle, keptBytesPerNumber) <= bytes) fits = middle;
    else tooLong = middle;
  }
  return fits;
}
