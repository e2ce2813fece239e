import type { Recording } from "./simulation.ts";
import type { ServerKind } from "./server-kind.ts";
import type { Trace } from "./trace.ts";

/** Of all requests: what half, 95 % and 99 % of them stay within (nearest rank), the mean and the most; NaN where there are none. */
export interface Quantiles {
  p50: number;
  p95: number;
  p99: number;
  mean: number;
  max: number;
}

export interface Shares {
  mean: number;
  least: number;
  most: number;
  each: number[];
}

export interface SimulationResult {
  trace: string;
  server: string;
  replicas: number;
  requests: number;
  /** From the first arrival to the last token, milliseconds. */
  spanMs: number;
  /** From a request's arrival to its first token, milliseconds. */
  firstTokenMs: Quantiles;
  /** From one token of an answer to the next, the mean of each answer of two tokens or more, milliseconds. */
  timePerTokenMs: Quantiles;
  /** From a request's arrival to its last token, milliseconds. */
  wholeMs: Quantiles;
  /** The share of the span in which a replica is busy: one sequence in decode is enough. `each` is by replica. */
  utilisation: Shares;
  /** The share of the span in which a replica computes prompts, alone or beside tokens. */
  prefillShare: Shares;
  /** Shares of the prompts' blocks and of their tokens that a prefix cache had. */
  cacheHitShare: number;
  cachedTokenShare: number;
  /** Requests that wait for their prefill to begin, at all replicas together. */
  queue: { mean: number; most: number };
  /** Requests that have arrived and not ended, on average over the span. */
  inSystemMean: number;
  events: number;
}

/** The quantiles and shares of a recording. */
export function summarise(trace: Trace, kind: ServerKind, recording: Recording): SimulationResult {
  const { requests, arrivalMs, promptTokens } = trace;
  const { firstTokenMs, lastTokenMs, busyMs, hits } = recording;
  const spanMs = recording.endMs - (arrivalMs[0] ?? 0);
  return {
    trace: trace.name,
    server: kind.name,
    replicas: busyMs.length,
    requests,
    spanMs,
    firstTokenMs: quantilesOf(firstTokenMs),
    timePerTokenMs: quantilesOf(timesPerToken(trace, recording)),
    wholeMs: quantilesOf(lastTokenMs),
    utilisation: sharesOf(busyMs, spanMs),
    prefillShare: sharesOf(recording.prefillMs, spanMs),
    cacheHitShare: hits.blocks > 0 ? hits.hitBlocks / hits.blocks : 0,
    cachedTokenShare: hits.hitTokens / promptTokens.reduce((sum, tokens) => sum + tokens, 0),
    queue: { mean: spanMs > 0 ? recording.waitingMs / spanMs : 0, most: recording.waitingMost },
    inSystemMean: spanMs > 0 ? recording.inSystemMs / spanMs : 0,
    events: recording.events,
  };
}

/** By request: its first token less `factor` times its own prompt's prefill, alone and without a cache; milliseconds. */
export function beyondPrefillMs(
  { promptTokens }: Trace,
  { times }: ServerKind,
  firstTokenMs: Float64Array,
  factor: number,
): Float64Array {
  return firstTokenMs.map((ms, request) => ms - factor * times.prefillMs(promptTokens[request]!, 0));
}

/** By answer of two tokens or more: from one token to the next, on average; milliseconds. */
export function timesPerToken({ requests, answerTokens }: Trace, recording: Recording): Float64Array {
  const { firstTokenMs, lastTokenMs } = recording;
  const times = new Float64Array(requests);
  let answers = 0;
  for (let request = 0; request < requests; request++) {
    const steps = answerTokens[request]! - 1;
    if (steps > 0) times[answers++] = (lastTokenMs[request]! - firstTokenMs[request]!) / steps;
  }
  return times.subarray(0, answers);
}

function sharesOf(tookMs: Float64Array, spanMs: number): Shares {
  const each = Array.from(tookMs, (ms) => (spanMs > 0 ? ms / spanMs : 0));
  return {
    mean: each.reduce((sum, share) => sum + share, 0) / each.length,
    least: Math.min(...each),
    most: Math.max(...each),
    each,
  };
}

function quantilesOf(values: Float64Array): Quantiles {
  const sorted = values.toSorted();
  return {
    p50: quantileOf(sorted, 0.5),
    p95: quantileOf(sorted, 0.95),
    p99: quantileOf(sorted, 0.99),
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    max: sorted.at(-1) ?? Number.NaN,
  };
}

/** The value that this share of all stays within (nearest rank). */
export function quantileOf(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
