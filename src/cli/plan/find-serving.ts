import { findServing, type Accelerator, type ServingFigure } from "../../planner/data/index.ts";
import { fit, type ModelProfile, type Precision } from "../../planner/models/index.ts";
import { throughput } from "../../planner/performance/index.ts";
import { PlanFault } from "../../planner/sheet/index.ts";

/** Requests that a roofline is asked about, where nobody has published a speed. */
const usual = { promptTokens: 2_000, answerTokens: 500, cachedShare: 0, timePerTokenMs: 50, firstTokenMs: 2_000 };
const slots = 16;

/** How far published speeds and the roofline are apart in either direction, so that a range says so. */
const spread = { low: 0.5, high: 1.3 };

/** Speeds of a node with so many accelerators: published ones, or of a roofline. Throws PlanFault where the model does not fit. */
export function servingOf(
  model: ModelProfile,
  accelerator: Accelerator,
  { count, precision: wanted }: { count: number | undefined; precision: Precision | undefined },
): ServingFigure {
  const published = findServing(model.name, accelerator.id);
  if (published && wanted === undefined && (count === undefined || count === published.count)) return published;
  const node = count ?? 8;
  const precision = wanted ?? precisionOn(model, accelerator);
  const asked = { contextTokens: usual.promptTokens + usual.answerTokens, slots, keptBytesPerNumber: 2 };
  const needed = fit(model, accelerator, { ...asked, precisions: [precision] })[0]?.acceleratorsNeeded ?? 0;
  if (needed > node)
    throw new PlanFault(
      `Cannot serve ${model.name} in ${precision} on a node of ${node} ${accelerator.id}: it takes ${needed}; more in a node (--node) or speeds of a node (serving in a plan.yaml) are needed`,
    );
  const replica = { model, accelerator, tensorParallel: needed, precision, keptBytesPerNumber: 2 };
  const speed = throughput(replica, usual);
  if (speed.decodeTokensPerSecond === 0 || speed.prefillTokensPerSecond === 0)
    throw new PlanFault(
      `Cannot serve ${model.name} on ${needed} ${accelerator.id}: it does not give a first token in ${usual.firstTokenMs / 1000} s and one every ${usual.timePerTokenMs} ms`,
    );
  const told = (tokensPerSecond: number) => {
    const likely = Math.round(tokensPerSecond * (node / needed));
    return {
      low: Math.round(likely * spread.low),
      likely,
      high: Math.round(likely * spread.high),
      source: `Sahab's roofline, ${needed} accelerators a replica in ${precision}, prompts of ${usual.promptTokens} tokens, a token every ${usual.timePerTokenMs} ms; spread assumed`,
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
    note: `speeds are of a roofline, since none is published for ${model.name} on ${accelerator.id}`,
  };
}

/** The model's own where the chip computes in it, else the smallest one that is not smaller. */
function precisionOn({ precision }: ModelProfile, { flopsPerSecond }: Accelerator): Precision {
  if (precision === "int4" || flopsPerSecond[precision] !== undefined) return precision;
  return (["int8", "f16", "bf16"] as const).find((one) => flopsPerSecond[one] !== undefined) ?? "f32";
}
