import type { ServingFigure } from "../data/index.ts";
import { quantity, units, type Cell, type Quantity, type Sheet, type Told } from "../sheet/index.ts";

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

/** Adds the tokens, input and output, of a node that is always at work. */
export function addMixedSpeed(
  sheet: Sheet,
  { prefill, decode }: ServingCells,
  outputShare: Cell<Quantity<"1">>,
): Cell<Quantity<"token/s/node">> {
  return sheet.figure(
    "speed of a node",
    units.tokensPerSecondOfNode,
    "1 ÷ ((1 − output share) ÷ prefill speed + output share ÷ decode speed): each token takes its time on a node of its phase",
    { prefill, decode, outputShare },
    ({ prefill, decode, outputShare }) =>
      quantity(1 / ((1 - outputShare) / prefill + outputShare / decode), "token/s/node"),
  );
}

function deepseekDay(fact: string): { source: string; date: string } {
  return { source: `DeepSeek-V3/R1 inference system overview: ${fact}; spread assumed`, date: "2025-03-01" };
}
