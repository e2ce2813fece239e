import type { ServingFigure } from "../data/index.ts";
import { PlanFault, quantity, units, type Cell, type Quantity, type Sheet, type Told } from "../sheet/index.ts";

/** What of all tokens are input and output. Input tokens that a cache has are part of the input. */
export interface TokenMix {
  /** Output tokens ÷ all tokens. */
  outputShare: Told;
  /** Cached input tokens ÷ input tokens. */
  cachedShare: Told;
}

/** DeepSeek's day, for plans that name no mix of their own. */
export const deepseekMix: TokenMix = {
  outputShare: { low: 0.15, likely: 0.2165, high: 0.35, ...deepseekDay("168 bn of 776 bn tokens were output") },
  cachedShare: { low: 0.3, likely: 0.5625, high: 0.7, ...deepseekDay("342 bn of 608 bn input tokens were cached") },
};

export interface ServingCells {
  prefill: Cell<Quantity<"token/s/node">>;
  decode: Cell<Quantity<"token/s/node">>;
}

export function addServing(sheet: Sheet, { prefill, decode }: ServingFigure): ServingCells {
  return {
    prefill: sheet.assume("prefill speed of a node", units.tokensPerSecondOfNode, prefill),
    decode: sheet.assume("decode speed of a node", units.tokensPerSecondOfNode, decode),
  };
}

/** Name of the assumption: what part of the input came from a cache when the prefill speed was measured. */
export const measuredShare = "cached share at the prefill speed";

export function measuredWith(cachedShare: number, note: string): Told {
  return { low: cachedShare, likely: cachedShare, high: cachedShare, source: `as the speed: ${note}` };
}

/**
 * Adds the tokens, input and output, of a node that is always at work; where `cached` is told, at that share of cached input instead of the one
 * that the prefill speed was measured with, since what a cache has is not computed.
 */
export function addMixedSpeed(
  sheet: Sheet,
  serving: ServingFigure,
  outputShare: Cell<Quantity<"1">>,
  cached?: Cell<Quantity<"1">>,
): Cell<Quantity<"token/s/node">> {
  const { prefill, decode } = addServing(sheet, serving);
  if (cached && serving.cachedShare !== undefined) {
    const measured = sheet.assume(measuredShare, units.share, measuredWith(serving.cachedShare, serving.note));
    return sheet.figure(
      "speed of a node",
      units.tokensPerSecondOfNode,
      `1 ÷ ((1 − output share) × (1 − cached share) ÷ (1 − ${measuredShare}) ÷ prefill speed + output share ÷ decode speed): each token takes its time on a node of its phase`,
      { prefill, decode, outputShare, cached, measured },
      ({ prefill, decode, outputShare, cached, measured }) => {
        const computed = ((1 - outputShare) * (1 - cached)) / (1 - measured);
        const seconds = computed / prefill + outputShare / decode;
        if (seconds === 0) throw nothingComputed("speed of a node", "output share of tokens");
        return quantity(1 / seconds, "token/s/node");
      },
    );
  }
  return sheet.figure(
    "speed of a node",
    units.tokensPerSecondOfNode,
    "1 ÷ ((1 − output share) ÷ prefill speed + output share ÷ decode speed): each token takes its time on a node of its phase",
    { prefill, decode, outputShare },
    ({ prefill, decode, outputShare }) =>
      quantity(1 / ((1 - outputShare) / prefill + outputShare / decode), "token/s/node"),
  );
}

/** The fault where all input comes from a cache and `output`, the name of an assumption, is 0, so that `figure` cannot be told. */
export function nothingComputed(figure: string, output: string): PlanFault {
  return new PlanFault(
    `Cannot calculate ${figure}: no node computes anything; found cached share of input tokens 1 and ${output} 0, allowed is a cached share below 1, or ${output} above 0`,
  );
}

function deepseekDay(fact: string): { source: string; date: string } {
  return { source: `DeepSeek-V3/R1 inference system overview: ${fact}; spread assumed`, date: "2025-03-01" };
}
