import type { Precision } from "../models/index.ts";
import type { Told, ToldMoney } from "../sheet/index.ts";

/** What carries accelerators: a node of a plan is one host with all of its accelerators. */
export interface Host {
  id: string;
  name: string;
  /** Ids of those that it can carry. */
  accelerators: readonly string[];
  count: number;
  /** Of the host without its accelerators; with `wattsFull` and `wattsIdle` likewise. */
  price: ToldMoney;
  wattsFull: Told;
  wattsIdle: Told;
  /** In the place of the site's, where it needs no hall. */
  construction?: ToldMoney;
  source: string;
  date?: string;
}

/** A country to build in. */
export interface Site {
  /** ISO 3166: `CN`. */
  id: string;
  name: string;
  /** Power usage effectiveness: power of the facility ÷ power of its IT. */
  effectiveness: Told;
  /** For a kilowatt-hour, to a large customer. */
  powerPrice: ToldMoney;
  /** CO₂ equivalents of the country's electricity. */
  gramsPerKilowattHour: Told;
  /** Building, cooling and power supply, for a watt of IT. */
  construction: ToldMoney;
  /** Of the country's nuclear reactors, where it has any: part of the year that they give their power, 0 … 1. */
  reactorAvailability?: Told;
}

/** A nuclear reactor as the supply. */
export interface Reactor {
  /** Of the world's reactors, as `reactorAvailability` of a site. */
  availability: Told;
  gramsPerKilowattHour: Told;
  powerPrice: ToldMoney;
}

/** Assumptions on money and use. Shares are 0 … 1. */
export interface Finance {
  /** Depreciation of servers and network, and of the building. */
  hardwareYears: Told;
  constructionYears: Told;
  /** A year. */
  costOfCapital: Told;
  /** Part of the time that nodes are at work, averaged over day and year. */
  utilisation: Told;
  /** Network and storage, as a part of the servers' price. */
  networkShare: Told;
  /** Staff, repairs and software a year, as a part of the servers' price. */
  staffShare: Told;
  /** Power of an accelerator at work, as a part of its full power. */
  powerAtWork: Told;
  /** Part of a spending period that a machine runs in, on average. */
  presence: Told;
}

/** How fast a model is served on nodes of one kind: published, or of a roofline. Rates are of a whole node. */
export interface ServingFigure {
  id: string;
  model: string;
  /** Id of the accelerator, and how many a node has. */
  accelerator: string;
  count: number;
  /** Of the weights. */
  precision: Precision;
  /** Nodes that serve together: with fewer the speed is not reached, or the weights do not fit. */
  group: ServingGroup;
  /** Input tokens a second of a node that prefills, cached ones included. */
  prefill: Told;
  /** Output tokens a second of a node that decodes. */
  decode: Told;
  /** Part of the input tokens that came from a cache when the prefill speed was measured, below 1; absent where it was as in the demand. */
  cachedShare?: number | undefined;
  note: string;
}

export interface ServingGroup {
  /** The least that there must be. */
  nodes: number;
  /** Further nodes come so many at a time; 1 by default. */
  step?: number;
  source: string;
  date?: string;
}
