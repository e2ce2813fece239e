import { PlanFault } from "../sheet/index.ts";
import { hitCeiling, type Trace } from "./trace.ts";

export interface TraceDay {
  /** Tokens a day, cached ones included. */
  inputTokens: number;
  outputTokens: number;
  /** Part of the input tokens that a prefix cache without bounds has: 0 … 1. */
  cachedShareMost: number;
}

/** The tokens of a day on which requests come as often as in the trace. Throws a PlanFault for a trace that takes no time. */
export function dayOfTrace(trace: Trace): TraceDay {
  if (trace.durationMs <= 0)
    throw new PlanFault(
      `Cannot take a day's demand of ${trace.name}: it has ${trace.requests} requests in 0 s, allowed are two or more at different times`,
    );
  const ofDay = (tokens: Int32Array) => (tokens.reduce((sum, each) => sum + each, 0) * 86_400_000) / trace.durationMs;
  return {
    inputTokens: ofDay(trace.promptTokens),
    outputTokens: ofDay(trace.answerTokens),
    cachedShareMost: hitCeiling(trace),
  };
}
