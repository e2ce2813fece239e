import { PlanFault } from "../sheet/index.ts";
import { keptBytes, weightBytesAt, type ModelProfile } from "../models/index.ts";
import type { CalibrationNumbers } from "./calibration.ts";
import type { DecodeWork, PrefillWork, Replica } from "./replica.ts";

/** What one pass through a model does, over all accelerators of the replica. */
export interface Pass {
  flops: number;
  /** Read from memory and written to it. */
  bytes: number;
  /** Of activations whose parts are summed over the accelerators, once. */
  summedBytes: number;
  layers: number;
  sequences: number;
}

export function prefillPass(replica: Replica, { promptTokens, cachedTokens = 0, batch }: PrefillWork): Pass {
  const { model, keptBytesPerNumber } = replica;
  const cached = Math.min(cachedTokens, Math.max(0, promptTokens - 1));
  const computed = promptTokens - cached;
  const head = model.vocabulary * model.hidden;
  const pairs = pairFlops(model.attention.flopsPerTokenPair, model, (windowTokens) =>
    pairsSeen(cached, computed, windowTokens),
  );
  return {
    // Only the last token of a prompt needs scores.
    flops: batch * (2 * (model.activeParameters - head) * computed + 2 * head + pairs),
    bytes: weightBytesRead(replica, batch * computed) + batch * keptBytes(model, promptTokens, keptBytesPerNumber),
    summedBytes: batch * computed * model.hidden * activationBytes,
    layers: model.layers,
    sequences: batch,
  };
}

export function decodePass(replica: Replica, { contextTokens, batch }: DecodeWork): Pass {
  const { model, keptBytesPerNumber } = replica;
  const { decodeFlopsPerTokenPair, flopsPerTokenPair } = model.attention;
  const pairs = pairFlops(decodeFlopsPerTokenPair ?? flopsPerTokenPair, model, (windowTokens) =>
    Math.min(contextTokens, windowTokens),
  );
  return {
    flops: batch * (2 * model.activeParameters + pairs),
    bytes: weightBytesRead(replica, batch) + batch * keptBytes(model, contextTokens, keptBytesPerNumber),
    summedBytes: batch * model.hidden * activationBytes,
    layers: model.layers,
    sequences: batch,
  };
}

/**
 * A decode step that computes a piece of a prompt besides (chunked prefill; Sarathi-Serve, arXiv 2403.02310): weights
 * are read once for both. `share` of one prompt is computed in each step.
 */
export function mixedPass(
  replica: Replica,
  decode: DecodeWork,
  prompt: Omit<PrefillWork, "batch">,
  share: number,
): Pass {
  const step = decodePass(replica, decode);
  const whole = prefillPass(replica, { ...prompt, batch: 1 });
  const computed = prompt.promptTokens - (prompt.cachedTokens ?? 0);
  const keptBytesOfPrompt = keptBytes(replica.model, prompt.promptTokens, replica.keptBytesPerNumber);
  return {
    flops: step.flops + share * whole.flops,
    bytes:
      step.bytes -
      weightBytesRead(replica, decode.batch) +
      weightBytesRead(replica, decode.batch + share * computed) +
      share * keptBytesOfPrompt,
    summedBytes: step.summedBytes + share * whole.summedBytes,
    layers: step.layers,
    sequences: step.sequences + share,
  };
}

/** Where the time of a pass goes, in milliseconds. */
export interface PassTimes {
  computeMs: number;
  memoryMs: number;
  linkMs: number;
  hostMs: number;
  totalMs: number;
}

/**
 * The roofline (Williams, Waterman, Patterson 2009), with links and host: an accelerator computes and reads at the same
 * time, then the parts of each layer are summed over all of them; the host launches ahead of it. Without the
 * efficiencies of a calibration it is a limit that is 4 to 5 times what DeepSeek publishes of its day.
 */
export function passTimes(replica: Replica, pass: Pass, calibration: CalibrationNumbers): PassTimes {
  const { accelerator, model } = replica;
  const reached = replica.tensorParallel * (model.experts ? calibration.expertEfficiency : 1);
  const computeMs = (pass.flops / (reached * flopsPerSecond(replica) * calibration.computeEfficiency)) * 1000;
  const memoryMs = (pass.bytes / (reached * accelerator.memoryBytesPerSecond * calibration.memoryEfficiency)) * 1000;
  const isExpertParallel = replica.parallelism === "expert";
  const linkMs = replica.tensorParallel === 1 || isExpertParallel ? 0 : sumMs(replica, pass, calibration);
  const sequences = isExpertParallel ? pass.sequences / replica.tensorParallel : pass.sequences;
  const hostMs = pass.layers * calibration.layerLaunchMs + sequences * calibration.sequenceMs;
  return { computeMs, memoryMs, linkMs, hostMs, totalMs: longer(longer(computeMs, memoryMs) + linkMs, hostMs) };
}

/** Two sums in each layer, after attention and after the feed-forward part, each of which sends all parts but its own twice (ring). */
function sumMs({ accelerator, tensorParallel }: Replica, pass: Pass, calibration: CalibrationNumbers): number {
  const sentBytes = pass.summedBytes * 2 * (1 - 1 / tensorParallel);
  const sentMs = (sentBytes / (accelerator.linkBytesPerSecond * calibration.linkEfficiency)) * 1000;
  return 2 * pass.layers * sentMs;
}

/** Work that overlaps takes as long as the longer part, and more where both are about as long: the measured points follow the root of the squares. */
const longer = (one: number, other: number): number => Math.sqrt(one * one + other * other);

/** Of activations, which are in 16 bits. */
const activationBytes = 2;

/** At the weights' own precision where the chip has it, else at the one that they are turned into. */
export function flopsPerSecond({ accelerator, precision }: Replica): number {
  const { flopsPerSecond: at } = accelerator;
  const found = at[precision] ?? at.bf16 ?? at.f16 ?? at.f32;
  if (found === undefined)
    throw new PlanFault(
      `Cannot compute in ${precision} on ${accelerator.id}: no FLOP/s are known of it in ${precision}, bf16, f16 or f32`,
    );
  return found;
}

/** Bytes of weights that a pass of so many tokens reads: all dense ones, and the experts that any token chose. */
function weightBytesRead(replica: Replica, tokens: number): number {
  const { parameters, activeParameters, experts } = replica.model;
  const bytesPerParameter = weightBytesAt(replica.model, replica.precision) / parameters;
  if (!experts) return activeParameters * bytesPerParameter;
  const used = experts.perToken / experts.count;
  const dense = activeParameters - experts.parameters * used;
  return (dense + experts.parameters * (1 - (1 - used) ** tokens)) * bytesPerParameter;
}

/** Operations of attention, whose windowed layers see fewer pairs. */
function pairFlops(perPair: number, { attention }: ModelProfile, pairs: (windowTokens: number) => number): number {
  let whole = perPair;
  let total = 0;
  for (const { tokens, flopsPerTokenPair = 0 } of attention.windows) {
    whole -= flopsPerTokenPair;
    total += flopsPerTokenPair * pairs(tokens);
  }
  return total + whole * pairs(Number.POSITIVE_INFINITY);
}

/** How many tokens all computed ones see together: each its predecessors, cached ones among them, and itself. */
function pairsSeen(cached: number, computed: number, windowTokens: number): number {
  const seenBy = (token: number) => Math.min(token, windowTokens);
  const [first, last] = [cached + 1, cached + computed];
  if (last <= windowTokens || first >= windowTokens) return (computed * (seenBy(first) + seenBy(last))) / 2;
  const rising = windowTokens - first + 1;
  return (rising * (first + windowTokens)) / 2 + (computed - rising) * windowTokens;
}
