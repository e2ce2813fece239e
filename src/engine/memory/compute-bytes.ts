import type { GgufFile } from "../gguf/read-gguf.ts";
import { BufferPlan } from "./buffer-plan.ts";
import { layerCells } from "./cells.ts";
import type { LayerShape, ModelShape } from "./model-shape.ts";

/**
 * What evaluating a batch touches: the buffers of one layer after the other, as ggml places them, the mask of attention, and the copy of a
 * product's input in the type that its weights are multiplied with.
 */
export function computeBytes(
  header: GgufFile,
  shape: ModelShape,
  { batchTokens, contextTokens }: { batchTokens: number; contextTokens: number },
): number {
  const widest = new Map<string, number>();
  // Layers of one kind need the same.
  for (const layer of shape.layers) {
    const key = JSON.stringify(layer);
    if (!widest.has(key)) widest.set(key, layerWidth(shape, layer));
  }
  const numbers = Math.max(shape.hidden, ...widest.values());
  // A mask for each kind of attention, even where they are equally large.
  const windows = new Set(shape.layers.filter(({ keptKeys }) => keptKeys > 0).map(({ windowTokens }) => windowTokens));
  let maskBytes = 0;
  for (const window of windows) maskBytes += layerCells(window, { contextTokens, batchTokens }) * 2;
  const perToken = numbers * 4 + maskBytes + workBytes(header);
  return batchTokens * perToken;
}

/** The most numbers that a layer needs at once for each token. Each step takes its result's place before it gives up its inputs'. */
function layerWidth(shape: ModelShape, layer: LayerShape): number {
  const plan = new BufferPlan();
  const { hidden } = shape;
  const input = plan.take(hidden);
  const normed = plan.take(hidden);
  const attended = layer.state > 0 && layer.keptKeys === 0 ? mix(plan, shape) : attend(plan, shape, layer);
  plan.give(normed);
  const residual = plan.take(hidden);
  plan.give(attended, input);
  const normedAgain = plan.take(hidden);
  if (shape.experts > 0) chooseExperts(plan, shape);
  else {
    const up = plan.take(shape.feedForward);
    const gate = plan.take(shape.feedForward);
    plan.give(normedAgain);
    const both = plan.take(shape.feedForward);
    plan.give(up, gate);
    plan.give(plan.take(hidden), both);
  }
  plan.give(residual);
  return plan.highest;
}

type Block = ReturnType<BufferPlan["take"]>;

function attend(plan: BufferPlan, { keyRank }: ModelShape, layer: LayerShape): Block {
  const { heads, queryWidth, keyWidth, valueWidth, keptKeys, keptValues } = layer;
  const query = plan.take(heads * queryWidth);
  const keys = plan.take(keptKeys);
  if (keyRank > 0) {
    // Queries are multiplied into the space of compressed keys, and joined with their part that turns.
    const compressed = plan.take(heads * keyRank);
    const joined = plan.take(heads * keyWidth);
    plan.give(query, compressed);
    const attended = plan.take(heads * keyRank);
    plan.give(joined, keys);
    return attended;
  }
  const values = plan.take(keptValues);
  const attended = plan.take(heads * valueWidth);
  plan.give(query, keys, values);
  return attended;
}

function mix(plan: BufferPlan, { hidden }: ModelShape): Block {
  const [both, convolved] = [plan.take(hidden * 4), plan.take(hidden * 2)];
  const state = plan.take(hidden * 2);
  plan.give(both, convolved);
  return state;
}

function chooseExperts(plan: BufferPlan, { hidden, experts, expertsUsed, expertFeedForward }: ModelShape): void {
  const scores = plan.take(experts * 2);
  const up = plan.take(expertFeedForward * expertsUsed);
  const gate = plan.take(expertFeedForward * expertsUsed);
  const both = plan.take(expertFeedForward * expertsUsed);
  plan.give(up, gate);
  const down = plan.take(hidden * expertsUsed);
  plan.give(both, scores, down);
}

/** For each token: the widest input of a product, in the type that goes with its weights. */
function workBytes({ tensors }: GgufFile): number {
  let most = 0;
  for (const { name, type, shape } of tensors) {
    if (shape.length < 2 || name.startsWith("token_embd")) continue;
    most = Math.max(most, (shape[0] ?? 0) * inputBytes(type));
  }
  return most;
}

function inputBytes(type: string): number {
  if (type === "F32") return 0;
  if (type === "F16" || type === "BF16") return 2;
  return type.endsWith("_K") || type.startsWith("IQ") ? 292 / 256 : 34 / 32;
}
