import type { DeclaredPrice } from "../base/declared-price.ts";
import type { Upstream } from "../call/index.ts";
import type { ModelFacts } from "../dialect/model-facts.ts";
import type { Charge, DatedPrices } from "../ledger/index.ts";

/** A place that can serve a model: the model at a provider, or on this machine. */
export interface Target {
  /** The provider's name, or `local`. */
  provider: string;
  /** What the target calls the model. */
  model: string;
  /** Lower is tried first. */
  priority: number;
  /** Share of the load among targets of one priority. */
  weight: number;
  /** What it costs, over time. */
  prices: DatedPrices;
  /** What is charged for it, where that is not what it costs. */
  charge?: Charge | undefined;
  /** Which of its provider's keys it uses, from 1; undefined where there is one. Such targets share the weight, as one group. */
  key?: number;
  group?: object;
  /** How long an answer is read on after its client has left, milliseconds; undefined where the call is cancelled at once. */
  drainMs?: number | undefined;
  upstream: Upstream;
}

/** A name that clients may ask for, and the targets that serve it. */
export interface ModelEntry {
  name: string;
  targets: readonly Target[];
  /** Providers that have it and are not asked for it, since nobody knows what that would cost. */
  unpriced?: readonly string[] | undefined;
  /** What is known of it; undefined for nothing. */
  readonly facts?: ModelFacts | undefined;
  /** Of a model that is there without being declared: the provider, and its name there if no other provider has it. */
  owner?: string | undefined;
  bareName?: string | undefined;
  /** What the catalogue says that it costs. */
  prices?: readonly DeclaredPrice[] | undefined;
}
