import type { MetadataEntry, TensorToWrite } from "./write-gguf.ts";

/** A random model as it is put together. */
export interface Context {
  random: () => number;
  type: TensorToWrite["type"];
  vocabulary: number;
  tensors: TensorToWrite[];
  /** Weights of a large tensor are a repeated part, which is made far faster. */
  isRepeated: boolean;
}

export interface Shape {
  hidden: number;
  metadata: Record<string, MetadataEntry>;
}

export interface Size {
  hidden?: number;
  layers?: number;
  feedForward?: number;
  /** Of attention, and how many of them have keys and values of their own. */
  heads?: number;
  kvHeads?: number;
  headSize?: number;
  /** A mixture of so many experts, two of which are used; not for all architectures. */
  experts?: number;
}

export const contextTokens = 4096;
/** The constant first number of each embedding; the others have a spread of 1. */
export const anchor = 8;

export const count = (value: number): MetadataEntry => ({ type: "uint32", value });
export const float = (value: number): MetadataEntry => ({ type: "float32", value });

export function addNorm(context: Context, name: string, size: number): void {
  addTensor(context, name, [size], "F32", () => new Float32Array(size).fill(1));
}

export function addRandom(
  context: Context,
  name: string,
  shape: readonly number[],
  options: { sparesAnchor?: boolean; type?: "F32" } = {},
): void {
  const inputs = shape[0] ?? 1;
  const rows = shape.slice(1).reduce((product, size) => product * size, 1);
  const type = options.type ?? context.type;
  // A whole number of experts, so that each of them has its row without weights.
  const unit = shape.length > 2 ? (shape[1] ?? 1) : 1;
  const count = inputs * rowsOfPart(context, { inputs, rows, unit });
  addTensor(context, name, shape, type, () => {
    const weights = gaussians(context.random, count, 1 / Math.sqrt(inputs));
    // The first output of each expert, or of the whole tensor, is the anchor's position in the residual stream.
    if (options.sparesAnchor)
      for (let start = 0; start < count; start += inputs * (shape[1] ?? 1)) weights.fill(0, start, start + inputs);
    return weights;
  });
}

/** How many rows of a tensor are made; the others repeat them. */
export function rowsOfPart(
  { isRepeated }: Context,
  { inputs, rows, unit = 1 }: { inputs: number; rows: number; unit?: number },
): number {
  if (!isRepeated || inputs * rows <= partWeightsMax) return rows;
  return Math.min(rows, Math.max(1, Math.floor(partWeightsMax / inputs / unit)) * unit);
}

const partWeightsMax = 128 * 1024;

export function addTensor(
  context: Context,
  name: string,
  shape: readonly number[],
  type: TensorToWrite["type"],
  weights: () => Float32Array,
): void {
  context.tensors.push({ name, shape, type, weights });
}

/** Nearly normal: a sum of four uniform numbers. That is faster, and has no far outliers, which would spoil a quantised block. */
export function gaussians(random: () => number, count: number, spread: number): Float32Array {
  const weights = new Float32Array(count);
  const scale = spread * Math.sqrt(3);
  for (let i = 0; i < count; i++) weights[i] = (random() + random() + random() + random() - 2) * scale;
  return weights;
}
