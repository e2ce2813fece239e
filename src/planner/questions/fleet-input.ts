import type { ServingFigure } from "../data/index.ts";
import type { Told } from "../sheet/index.ts";
import type { NodeInput } from "./add-working-node.ts";

/** What questions about a fleet have in common: nodes, a place, a model's speed on them and a mix of tokens. */
export interface FleetInput extends NodeInput {
  /** Of all money in the plan. */
  currency: string;
  serving: ServingFigure;
  /** Output tokens ÷ all tokens. */
  outputShare: Told;
  /** Cached input tokens ÷ input tokens. */
  cachedShare: Told;
}
