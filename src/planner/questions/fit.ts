import type { Accelerator } from "../data/index.ts";
import { atPrecision, type ModelProfile, type Precision } from "../models/model-profile.ts";
import { fit, usableMemoryShare, type Fit } from "../models/fit.ts";
import {
  physicalUnit,
  quantity,
  Sheet,
  units,
  whole,
  type Assumption,
  type Quantity,
  type Told,
} from "../sheet/index.ts";
import type { Plan } from "./plan.ts";

export interface FitInput {
  model: ModelProfile;
  accelerator: Accelerator;
  /** Those to look at; those that models are served in by default. */
  precisions?: readonly Precision[] | undefined;
  /** Of one slot. */
  contextTokens: Told;
  /** Sequences at once. */
  slots: Told;
  /** Of keys and values: 2 in f16, 1 in fp8. */
  keptBytesPerNumber: number;
  /** How many there are; the least that it takes where none are told. */
  accelerators?: number | undefined;
  /** Accelerators of a host. */
  hostSize: number;
}

export interface FitPlan extends Plan {
  /** With the likely value of each assumption. */
  fits(): readonly Fit[];
}

const bytes = physicalUnit("B");
const bytesOfAccelerator = physicalUnit("B/accelerator");
const slotsUnit = physicalUnit("slot", { least: 1 });
const contextUnit = physicalUnit("token", { least: 1 });

/** How a model fits in the memory of accelerators, as a plan: `models/fit.ts` decides, the sheet says from what. */
export function planFit(input: FitInput): FitPlan {
  const { model, accelerator, accelerators, keptBytesPerNumber, hostSize } = input;
  const sheet = new Sheet("USD");
  const context = sheet.assume("tokens of a slot", contextUnit, input.contextTokens);
  const slots = sheet.assume("slots", slotsUnit, input.slots);
  const { source, date } = accelerator;
  const memory = sheet.given("memory of an accelerator", bytesOfAccelerator, accelerator.memoryBytes, source, date);
  const usable = sheet.assume("usable part of memory", units.share, {
    low: 0.85,
    likely: usableMemoryShare,
    high: 0.95,
    source: "vLLM's default (gpu_memory_utilization); range assumed",
  });
  const count = accelerators === undefined ? undefined : sheet.given("accelerators", units.accelerators, accelerators);

  const asked = { context, slots, memory, usable, ...(count && { count }) };
  const most = model.contextTokensMax;
  const atMost = most === undefined ? "" : `, at most the ${most} tokens that the model has`;
  const fitOf = (drawn: Drawn, of: ModelProfile, weightBytes: number): Fit => {
    const [found] = fit(
      { ...of, weightBytes },
      // `fit` takes the usual share of it.
      { ...accelerator, memoryBytes: (drawn.memory * drawn.usable) / usableMemoryShare },
      {
        contextTokens: drawn.context,
        slots: drawn.slots,
        keptBytesPerNumber,
        hostSize,
        precisions: [of.precision],
        ...(drawn.count !== undefined && { accelerators: drawn.count }),
      },
    );
    return found!;
  };

  const rows = (input.precisions ?? servedPrecisions).map((precision) => {
    const stored = atPrecision(model, precision);
    const weights = sheet.given(`weights in ${precision}`, bytes, Math.round(stored.weightBytes), model.source);
    const figure = <U extends string>(
      name: string,
      unit: ReturnType<typeof physicalUnit<U>>,
      formula: string,
      find: (found: Fit) => number,
    ) =>
      sheet.figure(
        name,
        unit,
        formula,
        { weights, ...asked },
        (drawn) => find(fitOf(drawn, stored, drawn.weights)) as Quantity<U>,
      );
    const kept = figure(
      `keys and values beside weights in ${precision}`,
      bytes,
      `slots × what ${model.name} keeps of a context${atMost}, with ${keptBytesPerNumber} bytes a number`,
      ({ keptBytes }) => whole(quantity(keptBytes, "B")),
    );
    const total = sheet.sum(`memory in ${precision}`, bytes, [weights, kept]);
    const needed = figure(
      `accelerators needed in ${precision}`,
      units.accelerators,
      `(weights + keys and values) ÷ usable memory of an accelerator, rounded up to a power of two in a host of ${hostSize} or to whole hosts`,
      ({ acceleratorsNeeded }) => acceleratorsNeeded,
    );
    const nodes = figure(
      `nodes needed in ${precision}`,
      units.nodes,
      `accelerators needed ÷ ${hostSize} of a host, rounded up`,
      ({ hostsNeeded }) => hostsNeeded,
    );
    const slotsMax = figure(
      `slots at most in ${precision}`,
      physicalUnit("slot"),
      "(usable memory − weights) ÷ what a slot keeps, rounded down",
      ({ slotsMax }) => slotsMax,
    );
    const contextMax = figure(
      `tokens of a slot at most in ${precision}`,
      physicalUnit("token"),
      `the longest context of which all slots together keep no more than usable memory − weights${atMost}`,
      ({ contextTokensMax }) => contextTokensMax,
    );
    const results = {
      accelerators_needed: needed,
      nodes_needed: nodes,
      slots_max: slotsMax,
      context_max: contextMax,
      memory_bytes: total,
    };
    return {
      results: Object.entries(results).map(([key, { name }]) => ({ key: `${key}_${precision}`, figure: name })),
      breakdown: { total: total.name, parts: [weights.name, kept.name] },
      fit: () => fitOf(likelyOf(asked), stored, Number(weights.spread.likely)),
    };
  });
  return {
    question: "fit",
    title: `${model.name} in the memory of ${count ? `${accelerators} × ` : ""}${accelerator.name}`,
    sheet,
    results: rows.flatMap(({ results }) => results),
    breakdowns: rows.map(({ breakdown }) => breakdown),
    notes: [],
    fits: () => rows.map(({ fit }) => fit()),
  };
}

const servedPrecisions: readonly Precision[] = ["bf16", "fp8", "int4"];

type Asked = Record<"context" | "slots" | "memory" | "usable", Assumption> & { count?: Assumption };
type Drawn = Record<"context" | "slots" | "memory" | "usable", number> & { count?: number };

function likelyOf({ context, slots, memory, usable, count }: Asked): Drawn {
  const of = ({ spread }: Assumption) => Number(spread.likely);
  return {
    context: of(context),
    slots: of(slots),
    memory: of(memory),
    usable: of(usable),
    ...(count && { count: of(count) }),
  };
}
