import { usableMemoryShare } from "../models/index.ts";
import { batchMax, decodeStepMs, prefillMs, type Replica } from "../performance/index.ts";
import { PlanFault } from "../sheet/index.ts";
import type { ServerKind } from "./server-kind.ts";
import { StepTimes } from "./step-times.ts";
import type { Trace } from "./trace.ts";

export interface ServingOptions {
  prefill?: ServerKind["prefill"];
  stepTokensMax?: number;
  sequencesMax?: number;
  /** How many times as fast as the roofline says a replica computes prompts, and decodes; 1 by default. */
  prefillSpeed?: number;
  decodeSpeed?: number;
  /** The part of an accelerator's memory that weights, keys and values may take. */
  usableShare?: number;
}

/**
 * A replica as it serves a trace's contexts. Steps have 2,048 tokens and replicas 256 sequences by default, as vLLM does it on large
 * accelerators (max_num_batched_tokens, max_num_seqs). What weights leave of the usable memory keeps running sequences and the prefix cache.
 */
export function serverKindOf(given: Replica, trace: Trace, options: ServingOptions = {}): ServerKind {
  const { prefill = "pieces", stepTokensMax = 2_048, sequencesMax = 256 } = options;
  const { prefillSpeed = 1, decodeSpeed = 1, usableShare = usableMemoryShare } = options;
  const replica = withUsable(given, usableShare);
  const { model, accelerator, tensorParallel, precision } = replica;
  const name = `${model.name} in ${precision} on ${tensorParallel} × ${accelerator.id}`;
  expectUpTo(sequencesMaxMax, "sequences of a replica", sequencesMax);
  expectUpTo(stepTokensMaxMax, "tokens of a step", stepTokensMax);
  const blocks = batchMax(replica, blockTokens);
  if (blocks === 0)
    throw new PlanFault(
      `Cannot simulate ${name}: beside the weights its memory does not keep ${blockTokens} tokens; more accelerators or a smaller precision are needed`,
    );
  const contextMax = longestContext(trace);
  return {
    name,
    times: new StepTimes(
      {
        prefillMs: (newTokens, tokensBefore) =>
          prefillMs(replica, { promptTokens: tokensBefore + newTokens, cachedTokens: tokensBefore, batch: 1 }) /
          prefillSpeed,
        decodeMs: (batch, contextTokens) => decodeStepMs(replica, { contextTokens, batch }) / decodeSpeed,
      },
      { batchMax: sequencesMax, contextMax },
    ),
    keptTokensMax: blocks * blockTokens,
    sequencesMax,
    prefill,
    stepTokensMax,
  };
}

/** Memory is given out in blocks, as by a paged cache; layers with a window are taken to keep as much of each. */
const blockTokens = 512;

/** Memory counts at the usual usable share; another share is a larger or smaller memory at that one. */
function withUsable(replica: Replica, share: number): Replica {
  if (share === usableMemoryShare) return replica;
  const { accelerator } = replica;
  const memoryBytes = (accelerator.memoryBytes * share) / usableMemoryShare;
  return { ...replica, accelerator: { ...accelerator, memoryBytes } };
}

const sequencesMaxMax = 4_096;
const stepTokensMaxMax = 1_000_000;

function expectUpTo(most: number, what: string, value: number): void {
  if (!(Number.isInteger(value) && value >= 1 && value <= most))
    throw new PlanFault(`Cannot simulate ${value} ${what}: a whole number from 1 to ${most} is allowed`);
}

/** The most tokens of a prompt and its answer. */
function longestContext({ requests, promptTokens, answerTokens }: Trace): number {
  let longest = 0;
  for (let request = 0; request < requests; request++)
    longest = Math.max(longest, promptTokens[request]! + answerTokens[request]!);
  return longest;
}
