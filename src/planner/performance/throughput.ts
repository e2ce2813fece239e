import { keptBytes, usableMemoryShare, weightBytesAt } from "../models/index.ts";
import { calibrationOf, type CalibrationNumbers } from "./calibration.ts";
import type { Replica } from "./replica.ts";
import { decodePass, mixedPass, passTimes, prefillPass } from "./roofline.ts";

export interface LatencyGoal {
  promptTokens: number;
  /** Of the prompt's tokens, those that a prefix cache has: 0 to 1. */
  cachedShare: number;
  answerTokens: number;
  /** The most milliseconds from one token of an answer to the next. */
  timePerTokenMs: number;
  /** The most milliseconds until the first token, with nobody before it. */
  firstTokenMs: number;
  /** On replicas of their own (the default), or each replica does both. */
  phases?: "apart" | "together";
}

interface Throughput {
  /** Tokens of prompts a second, cached ones included; 0 where no batch keeps the goal. */
  prefillTokensPerSecond: number;
  decodeTokensPerSecond: number;
  /** Sequences in decode at once. */
  batch: number;
}

/**
 * Tokens a second of a replica at a latency goal: the largest batch that keeps it, and what it gives.
 *
 * Apart, a replica either prefills, in batches that keep the goal for the first token, or decodes: the two numbers are
 * those of two replicas. Together, a replica does both: each step decodes the whole batch of b sequences, and computes
 * the b/n prompts that replace ended answers of n tokens, in the same pass. Interference is what steps get longer by,
 * for every sequence. A prompt itself has what a decode step d leaves of the goal T: it waits p ÷ (1 − d/T), where p is
 * its prefill alone.
 */
export function throughput(
  replica: Replica,
  goal: LatencyGoal,
  calibration: CalibrationNumbers = calibrationOf(replica),
): Throughput {
  const { promptTokens, answerTokens, timePerTokenMs, firstTokenMs } = goal;
  const prompt = { promptTokens, cachedTokens: goal.cachedShare * promptTokens };
  const contextTokens = promptTokens + answerTokens / 2;
  const mostInMemory = batchMax(replica, promptTokens + answerTokens);
  const prefillMs = (batch: number) =>
    passTimes(replica, prefillPass(replica, { ...prompt, batch }), calibration).totalMs;
  const decodeMs = (batch: number) =>
    passTimes(replica, decodePass(replica, { contextTokens, batch }), calibration).totalMs;

  if (goal.phases === "together") {
    const prefillOfOneMs = prefillMs(1);
    const stepMs = (batch: number) =>
      passTimes(replica, mixedPass(replica, { contextTokens, batch }, prompt, batch / answerTokens), calibration)
        .totalMs;
    const keepsGoal = (batch: number) =>
      stepMs(batch) <= timePerTokenMs && prefillOfOneMs <= firstTokenMs * (1 - decodeMs(batch) / timePerTokenMs);
    const batch = largest(mostInMemory, keepsGoal);
    const decodeTokensPerSecond = batch === 0 ? 0 : (batch / stepMs(batch)) * 1000;
    return {
      prefillTokensPerSecond: (decodeTokensPerSecond * promptTokens) / answerTokens,
      decodeTokensPerSecond,
      batch,
    };
  }
  const prompts = largest(batchMax(replica, promptTokens), (batch) => prefillMs(batch) <= firstTokenMs);
  const batch = largest(mostInMemory, (batch) => decodeMs(batch) <= timePerTokenMs);
  return {
    prefillTokensPerSecond: prompts === 0 ? 0 : ((prompts * promptTokens) / prefillMs(prompts)) * 1000,
    decodeTokensPerSecond: batch === 0 ? 0 : (batch / decodeMs(batch)) * 1000,
    batch,
  };
}

/** The most sequences that fit beside the weights: 0 where not one does. */
export function batchMax(replica: Replica, contextTokens: number): number {
  const { model, accelerator, tensorParallel, precision, keptBytesPerNumber } = replica;
  const usableBytes = accelerator.memoryBytes * tensorParallel * usableMemoryShare;
  const bytes = keptBytes(model, contextTokens, keptBytesPerNumber);
  const fitting = Math.floor((usableBytes - weightBytesAt(model, precision)) / bytes);
  return Math.max(0, Math.min(fitting, replica.parallelism === "expert" ? batchLimit * tensorParallel : batchLimit));
}

/** Engines allow no more by default (TensorRT-LLM: max_batch_size 2,048), and a model that keeps nothing would have no limit. */
const batchLimit = 2_048;

/** The largest batch up to `most` that keeps a goal which no larger one keeps once one fails; 0 where 1 fails. */
function largest(most: number, keepsGoal: (batch: number) => boolean): number {
  let [kept, failed] = [0, most + 1];
  while (failed - kept > 1) {
    const middle = Math.floor((kept + failed) / 2);
    if (keepsGoal(middle)) kept = middle;
    else failed = middle;
  }
  return kept;
}
