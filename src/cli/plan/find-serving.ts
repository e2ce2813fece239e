import { findServing, type Accelerator, type ServingFigure } from "../../planner/data/index.ts";
import { fit, type ModelProfile, type Precision } from "../../planner/models/index.ts";
import { throughput } from "../../planner/performance/index.ts";
import { PlanFault } from "../../planner/sheet/index.ts";

/** The requests whose speed the roofline is asked for where no measured speed is published. */
const usual = { promptTokens: 2_000, answerTokens: 500, cachedShare: 0, timePerTokenMs: 50, firstTokenMs: 2_000 };
const slots = 16;

/** How far published speeds and the roofline are apart in either direction, so that a range says so. */
const spread = { low: 0.5, high: 1.3 };

interface ServingOptions {
  /** Accelerators of a node. */
  count: number | undefined;
  precision: Precision | undefined;
  /** Many nodes work together, so that a mixture of experts can be spread over them. */
  isFleet: boolean;
}

/** Nodes that share the experts of a model which takes half a node or more, about as in DeepSeek's and LMSYS's deployments. */
const expertNodes = 8;
/** Links of servers for large models; over PCIe what experts exchange would not be hidden. */
const expertLinkBytesPerSecond = 100e9;

/** Speeds of a node with so many accelerators: published ones, or of a roofline. Throws PlanFault where the model does not fit. */
export function servingOf(
  model: ModelProfile,
  accelerator: Accelerator,
  { count, precision: wanted, isFleet }: ServingOptions,
): ServingFigure {
  const published = findServing(model.name, accelerator.id);
  if (published && wanted === undefined && (count === undefined || count === published.count)) return published;
  const node = count ?? 8;
  const precision = wanted ?? precisionOn(model, accelerator);
  const asked = { contextTokens: usual.promptTokens + usual.answerTokens, slots, keptBytesPerNumber: 2 };
  const needed = fit(model, accelerator, { ...asked, precisions: [precision] })[0]?.acceleratorsNeeded ?? 0;
  const isSpread =
    isFleet &&
    model.experts !== undefined &&
    needed * 2 >= node &&
    needed <= expertNodes * node &&
    accelerator.linkBytesPerSecond >= expertLinkBytesPerSecond;
  if (needed > node && !isSpread)
    throw new PlanFault(
      `Cannot serve ${model.name} in ${precision} on a node of ${node} ${accelerator.id}: it takes ${needed}; more in a node (--node) or speeds of a node (serving in a plan.yaml) are needed`,
    );
  const together = isSpread ? expertNodes * node : needed;
  const parallelism = isSpread ? ("expert" as const) : ("tensor" as const);
  const replica = { model, accelerator, tensorParallel: together, parallelism, precision, keptBytesPerNumber: 2 };
  const speed = throughput(replica, usual);
  if (speed.decodeTokensPerSecond === 0 || speed.prefillTokensPerSecond === 0)
    throw new PlanFault(
      `Cannot serve ${model.name} on ${together} ${accelerator.id}: it does not give a first token in ${usual.firstTokenMs / 1000} s and one every ${usual.timePerTokenMs} ms`,
    );
  const told = (tokensPerSecond: number) => {
    const likely = Math.round(tokensPerSecond * (node / together));
    return {
      low: Math.round(likely * spread.low),
      likely,
      high: Math.round(likely * spread.high),
      source: `Sahab's roofline, ${together} accelerators a replica in ${precision}, prompts of ${usual.promptTokens} tokens, a token every ${usual.timePerTokenMs} ms; spread assumed`,
    };
  };
  return {
    id: `${model.name} on ${accelerator.id}`,
    model: model.name,
    accelerator: accelerator.id,
    count: node,
    prefill: told(speed.prefillTokensPerSecond),
    decode: told(speed.decodeTokensPerSecond),
    cachedShare: 0,
    note: `speeds are of a roofline, since none is published for ${model.name} on ${accelerator.id}${isSpread ? `; experts are spread over ${together} accelerators, and fewer give less` : ""}`,
  };
}

/** The model's own where the chip computes in it, else the smallest one that is not smaller. */
function precisionOn({ precision }: ModelProfile, { flopsPerSecond }: Accelerator): Precision {
  if (precision === "int4" || flopsPerSecond[precision] !== undefined) return precision;
  return (["int8", "f16", "bf16"] as const).find((one) => flopsPerSecond[one] !== undefined) ?? "f32";
}
