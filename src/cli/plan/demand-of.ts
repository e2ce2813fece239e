import { deepseekMix } from "../../planner/questions/index.ts";
import type { Told } from "../../planner/sheet/index.ts";
import { dayOfTrace } from "../../planner/simulation/index.ts";
import { UsageError } from "../command-error.ts";
import { readTraceFile } from "./read-trace-file.ts";
import { given, missing, toldOf } from "./told.ts";
import type { PlanDocument, Question } from "./plan-schema.ts";

export interface AskedDemand {
  /** Tokens a day. */
  inputTokens: Told;
  outputTokens: Told;
  /** Cached input tokens ÷ input tokens. */
  cachedShare: Told;
  /** Output tokens ÷ all tokens. */
  outputShare: Told;
  /** What a reader must know of where it is from. */
  notes: readonly string[];
}

/**
 * The tokens of a day that a document tells: as a number of them, by their kinds, or as a trace. Undefined where it tells none. Throws a
 * UsageError where they contradict each other, a CommandError for a trace that cannot be used.
 */
export async function demandOf(document: PlanDocument): Promise<AskedDemand | undefined> {
  if (document.demand) return demandByKinds(document.demand);
  if (document.tokens_per_day !== undefined) return demandInTotal(document.tokens_per_day);
  return document.trace === undefined ? undefined : demandOfTrace(document.trace);
}

/**
 * The demand, where a question cannot do without; `measuredShare` is the cached share that the speed of prefill was measured with, if it is known.
 * Throws a UsageError where there is none, or nothing of it to compute.
 */
export function expectDemand(
  question: Question,
  demand: AskedDemand | undefined,
  measuredShare: number | undefined,
): AskedDemand {
  if (!demand)
    throw missing(
      question,
      "tokens_per_day",
      "tokens a day (--tokens-per-day), input and output tokens (--input, --output), or a trace (--trace)",
    );
  if (Number(demand.inputTokens.likely) + Number(demand.outputTokens.likely) === 0)
    throw new UsageError(`Cannot plan ${question}: found 0 tokens a day, allowed is more than 0`);
  // A speed at an unknown cached share counts cached tokens, too.
  if (measuredShare !== undefined && demand.cachedShare.likely === 1 && Number(demand.outputTokens.likely) === 0) {
    const input = Number(demand.inputTokens.likely);
    throw new UsageError(
      `Cannot plan ${question}: all ${input} input tokens (--input) are cached (--cached) and there is no output (--output), so that nothing is computed; allowed are fewer than ${input} cached tokens, or output tokens above 0`,
    );
  }
  return demand;
}

function demandByKinds({ input, cached, output }: NonNullable<PlanDocument["demand"]>): AskedDemand {
  if (cached && cached.likely > input.likely)
    throw new UsageError(
      `Cannot plan a demand of ${cached.likely} cached tokens (--cached): they are a part of the ${input.likely} input tokens (--input)`,
    );
  return {
    inputTokens: toldOf(input),
    outputTokens: toldOf(output),
    cachedShare: cached ? each(cached, (value) => Math.min(1, shareOf(value, input.likely))) : given(0),
    outputShare: each(output, (value) => shareOf(value, input.likely + value)),
    notes: [],
  };
}

function demandInTotal(total: number): AskedDemand {
  const outputTokens = total * Number(deepseekMix.outputShare.likely);
  const source = `given: ${total} tokens a day; ${deepseekMix.outputShare.source}`;
  return {
    ...deepseekMix,
    inputTokens: { ...given(total - outputTokens), source },
    outputTokens: { ...given(outputTokens), source },
    notes: [],
  };
}

async function demandOfTrace(file: string): Promise<AskedDemand> {
  const trace = await readTraceFile(file);
  const { inputTokens, outputTokens, cachedShareMost } = dayOfTrace(trace);
  const seconds = Math.round(trace.durationMs / 1000).toLocaleString("en-US");
  const source = `${trace.requests.toLocaleString("en-US")} requests of ${trace.name} in ${seconds} s, as many a second all day`;
  const cached =
    trace.blockTokens === 0
      ? "it does not tell which prompts begin alike, so that none is counted as cached"
      : "cached are the prompts' beginnings that came before at most, none at least, half of them likely (assumed)";
  return {
    inputTokens: { ...given(inputTokens), source },
    outputTokens: { ...given(outputTokens), source },
    cachedShare: { low: 0, likely: cachedShareMost / 2, high: cachedShareMost, source: `${source}; ${cached}` },
    outputShare: { ...given(shareOf(outputTokens, inputTokens + outputTokens)), source },
    notes: [`The demand is of ${source}; ${cached}.`],
  };
}

type Spread = Parameters<typeof toldOf>[0];

function each(spread: Spread & Record<"low" | "likely" | "high", number>, change: (value: number) => number): Told {
  const { low, likely, high } = spread;
  return toldOf({ ...spread, low: change(low), likely: change(likely), high: change(high) });
}

function shareOf(part: number, of: number): number {
  return of === 0 ? 0 : part / of;
}
