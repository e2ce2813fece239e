import { readNumber, readShape, type GgufFile } from "../../engine/index.ts";
import type { AttentionWindow, ModelProfile, Precision } from "./model-profile.ts";

/** What the header of a GGUF file says of a model, with the sizes of its tensors as they are stored. */
export function profileOfGguf(header: GgufFile, { name, source }: { name: string; source: string }): ModelProfile {
  const shape = readShape(header);
  const whole = { kept: 0, pairFlops: 0, decodePairFlops: 0 };
  const windows = new Map<number, Required<AttentionWindow>>();
  let stateNumbers = 0;
  // Of one head, before values are compressed.
  const valueWidth = readNumber(header, "attention.value_length_mla") ?? 0;
  for (const layer of shape.layers) {
    const kept = layer.keptKeys + layer.keptValues;
    stateNumbers += layer.state;
    if (kept === 0) continue;
    const isCompressed = shape.keyRank > 0;
    // A compressed key holds the value as well, whose width for each head is what is left of the query's.
    const decode = 2 * layer.heads * (layer.keyWidth + (isCompressed ? shape.keyRank : layer.valueWidth));
    const pairs = isCompressed ? 2 * layer.heads * (layer.queryWidth + valueWidth) : decode;
    whole.pairFlops += pairs;
    whole.decodePairFlops += decode;
    if (layer.windowTokens === undefined) {
      whole.kept += kept;
      continue;
    }
    const window = windows.get(layer.windowTokens) ?? {
      tokens: layer.windowTokens,
      keptNumbersPerToken: 0,
      flopsPerTokenPair: 0,
    };
    window.keptNumbersPerToken += kept;
    window.flopsPerTokenPair += pairs;
    windows.set(layer.windowTokens, window);
  }
  const weights = weightsOf(header);
  const contextTokensMax = Math.floor(readNumber(header, "context_length") ?? 0);
  const used = shape.experts > 0 ? shape.expertsUsed / shape.experts : 0;
  return {
    name,
    parameters: weights.all,
    activeParameters: Math.round(weights.all - weights.lookedUp - weights.experts * (1 - used)),
    layers: shape.layers.length,
    ...(contextTokensMax > 0 && { contextTokensMax }),
    hidden: shape.hidden,
    vocabulary: shape.vocabulary,
    weightBytes: weights.bytes,
    precision: precisionOf(weights.bytes / weights.all),
    attention: {
      keptNumbersPerToken: whole.kept,
      windows: [...windows.values()],
      flopsPerTokenPair: whole.pairFlops,
      ...(whole.decodePairFlops !== whole.pairFlops && { decodeFlopsPerTokenPair: whole.decodePairFlops }),
    },
    ...(weights.experts > 0 && {
      experts: { count: shape.experts, perToken: shape.expertsUsed, parameters: weights.experts },
    }),
    ...(stateNumbers > 0 && { stateBytes: 4 * stateNumbers }),
    source,
  };
}

function weightsOf({ tensors }: GgufFile) {
  const total = { all: 0, experts: 0, lookedUp: 0, bytes: 0 };
  const isUntied = tensors.some(({ name }) => name === "output.weight");
  for (const { name, shape, bytes } of tensors) {
    const weights = shape.reduce((product, size) => product * size, 1);
    total.all += weights;
    total.bytes += bytes;
    if (/_exps\.(weight|bias)$/u.test(name)) total.experts += weights;
    if (name === "token_embd.weight" && isUntied) total.lookedUp += weights;
  }
  return total;
}

/** The name that is nearest to what a weight takes on average: chips compute with it. */
function precisionOf(bytesPerWeight: number): Precision {
  if (bytesPerWeight > 3) return "f32";
  if (bytesPerWeight > 1.5) return "f16";
  return bytesPerWeight > 0.8 ? "int8" : "int4";
}
