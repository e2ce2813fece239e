import { findServing, type Accelerator, type ServingFigure, type ServingGroup } from "../data/index.ts";
import { fit, type ModelProfile, type Precision } from "../models/index.ts";
import { calibrationOf, throughput, unmeasuredNote, unmeasuredSpread, type Replica } from "../performance/index.ts";
import { PlanFault, type Told } from "../sheet/index.ts";

interface ServingAsked {
  /** Accelerators of a node: those of the published speed, else 8, where it is not told. */
  count?: number | undefined;
  /** Of the weights: the model's own where it is not told. */
  precision?: Precision | undefined;
}

/** The requests whose speed the roofline is asked for where no measured speed is published. */
const usual = { promptTokens: 2_000, answerTokens: 500, cachedShare: 0, timePerTokenMs: 50, firstTokenMs: 2_000 };
const usualSlots = 16;

/** How far published speeds and the roofline are apart in either direction, so that a range says so. */
const measuredSpread = { low: 0.5, high: 1.3 };

/** Nodes that share the experts of a model which takes half a node or more, about as in DeepSeek's and LMSYS's deployments. */
const expertNodes = 8;
/** Links of servers for large models; over PCIe what experts exchange would not be hidden, and layers are not split over hosts. */
const fastLinkBytesPerSecond = 100e9;
/** Of each accelerator to those of other hosts: 400 Gbit/s (NVIDIA DGX H100 user guide), assumed of all. Rings over hosts use all of a host's. */
const networkBytesPerSecond = 50e9;

/**
 * The ways to serve a model on nodes of an accelerator, each with the nodes that it takes at least; those that take most come first. Published
 * speeds come before those of a roofline, which never exceed the speeds of a larger group. Throws a PlanFault where there is none.
 */
export function servingsOf(
  model: ModelProfile,
  accelerator: Accelerator,
  { count, precision: wanted }: ServingAsked,
): readonly ServingFigure[] {
  const found = findServing(model.name, accelerator.id);
  const isAsked = (wanted ?? found?.precision) === found?.precision && (count ?? found?.count) === found?.count;
  const published = isAsked ? found : undefined;
  const node = count ?? found?.count ?? 8;
  const precision = wanted ?? published?.precision ?? precisionOn(model, accelerator);
  const findGroups = () => groupsOf(model, accelerator, node, precision);
  const groups = published ? noneIfRefused(findGroups) : findGroups();
  const estimated = groups.flatMap((group) => estimate(model, accelerator, { node, precision, group }));
  const servings: ServingFigure[] = [];
  for (const serving of [...(published ? [published] : []), ...estimated])
    servings.push(limited(serving, servings.at(-1)));
  if (servings.length > 0) return servings;
  throw new PlanFault(
    `Cannot serve ${model.name} in ${precision} on nodes of ${node} ${accelerator.id}: it does not give a first token in ${usual.firstTokenMs / 1000} s and one every ${usual.timePerTokenMs} ms`,
  );
}

/** The same in 4 bits, for those who have too little for the model's own precision: none where that takes no fewer nodes. */
export function smallerServingsOf(
  model: ModelProfile,
  accelerator: Accelerator,
  asked: ServingAsked,
  least: ServingFigure,
): readonly ServingFigure[] {
  if (asked.precision !== undefined || model.precision === "int4" || least.group.nodes === 1) return [];
  const smallest = noneIfRefused(() => servingsOf(model, accelerator, { count: least.count, precision: "int4" })).at(
    -1,
  );
  if (!smallest || smallest.group.nodes >= least.group.nodes) return [];
  const because = `weights are in 4 bits, since in ${least.precision} they take ${least.group.nodes} nodes`;
  return [{ ...limited(smallest, least), note: `${because}; ${smallest.note}` }];
}

function noneIfRefused<T>(find: () => readonly T[]): readonly T[] {
  try {
    return find();
  } catch (cause) {
    if (cause instanceof PlanFault) return [];
    throw cause;
  }
}

/** The nodes that a model takes at least, whatever its speed on them. */
export function leastGroup(
  model: ModelProfile,
  accelerator: Accelerator,
  { node, precision = precisionOn(model, accelerator) }: { node: number; precision?: Precision | undefined },
): ServingGroup {
  const { accelerators, slots } = neededOf(model, accelerator, node, precision);
  return {
    nodes: Math.ceil(accelerators / node),
    source: `memory of ${accelerators} accelerators for weights in ${precision} and ${slots} contexts of ${contextOf(model).tokens} tokens (sahab plan fit)`,
  };
}

interface EstimatedGroup extends ServingGroup {
  /** Accelerators of a replica; within a node, other sizes from the least on. */
  together: readonly number[];
  parallelism: NonNullable<Replica["parallelism"]>;
}

function groupsOf(
  model: ModelProfile,
  accelerator: Accelerator,
  node: number,
  precision: Precision,
): readonly EstimatedGroup[] {
  const { accelerators: needed } = neededOf(model, accelerator, node, precision);
  const { nodes, source } = leastGroup(model, accelerator, { node, precision });
  const isFast = accelerator.linkBytesPerSecond >= fastLinkBytesPerSecond;
  if (nodes > 1 && (nodes > expertNodes || !isFast))
    throw new PlanFault(
      `Cannot serve ${model.name} in ${precision} on nodes of ${node} ${accelerator.id}: it takes ${needed} accelerators; more in a node (--node), other hardware (--on), fewer bits (--precision) or speeds of a node (serving in a plan.yaml) are needed`,
    );
  const sizes = needed >= node ? [needed] : [needed, ...doublings(needed, node)];
  const least: EstimatedGroup = { nodes, step: nodes, source, together: sizes, parallelism: "tensor" };
  if (model.experts === undefined || needed * 2 < node || !isFast) return [least];
  const spread: EstimatedGroup = {
    nodes: expertNodes,
    source: `assumed: experts are spread over ${expertNodes * node} accelerators`,
    together: [expertNodes * node],
    parallelism: "expert",
  };
  return nodes === expertNodes ? [spread] : [spread, least];
}

/** With the usual slots, or with one where only that fits on a host. */
function neededOf(model: ModelProfile, accelerator: Accelerator, hostSize: number, precision: Precision) {
  const asked = { contextTokens: contextOf(model).tokens, keptBytesPerNumber: 2, precisions: [precision], hostSize };
  const [usually, one] = [usualSlots, 1].map((slots) => ({
    slots,
    accelerators: fit(model, accelerator, { ...asked, slots })[0]?.acceleratorsNeeded ?? 0,
  })) as [{ slots: number; accelerators: number }, { slots: number; accelerators: number }];
  return usually.accelerators > hostSize && one.accelerators <= hostSize ? one : usually;
}

/** The usual request, shorter for models that do not have its context. */
function contextOf({ contextTokensMax: most = Number.POSITIVE_INFINITY }: ModelProfile) {
  const tokens = Math.min(usual.promptTokens + usual.answerTokens, most);
  const promptTokens = Math.max(
    1,
    Math.floor((tokens * usual.promptTokens) / (usual.promptTokens + usual.answerTokens)),
  );
  return { tokens, promptTokens, answerTokens: Math.max(1, tokens - promptTokens) };
}

/** Speeds of a roofline; none where it does not keep the usual goal. */
function estimate(
  model: ModelProfile,
  accelerator: Accelerator,
  { node, precision, group }: { node: number; precision: Precision; group: EstimatedGroup },
): readonly ServingFigure[] {
  const { together: sizes, parallelism, ...nodes } = group;
  const { promptTokens, answerTokens } = contextOf(model);
  const speedsOf = (together: number, calibration = calibrationOf({ accelerator })) => {
    const replica = {
      model,
      accelerator: together > node ? overNetwork(accelerator, node) : accelerator,
      tensorParallel: together,
      parallelism,
      precision,
      keptBytesPerNumber: 2,
    };
    const speed = throughput(replica, { ...usual, promptTokens, answerTokens }, calibration);
    const replicasOfNode = together > node ? node / together : Math.floor(node / together);
    const prefill = speed.prefillTokensPerSecond * replicasOfNode;
    const decode = speed.decodeTokensPerSecond * replicasOfNode;
    return { together, prefill, decode, requests: 1 / (promptTokens / prefill + answerTokens / decode) };
  };
  const [best] = sizes
    .map((together) => speedsOf(together))
    .filter(({ prefill, decode }) => prefill > 0 && decode > 0)
    .toSorted((one, other) => other.requests - one.requests);
  if (!best) return [];
  const { together } = best;
  const limit = speedsOf(together, { ...calibrationOf({ accelerator }), ...lossless });
  const unmeasured = unmeasuredNote({ accelerator });
  const spread = unmeasured === undefined ? measuredSpread : unmeasuredSpread;
  const measured = unmeasured === undefined ? "" : `; ${unmeasured}`;
  const told = (likely: number, limit: number): Told => {
    return {
      low: atLeastOne(likely * spread.low),
      likely: atLeastOne(likely),
      high: atLeastOne(Math.max(likely, Math.min(likely * spread.high, limit))),
      source: `Sahab's roofline, ${together} accelerators a replica in ${precision}, prompts of ${promptTokens} tokens, a token every ${usual.timePerTokenMs} ms${measured}; ${spread.low} to ${spread.high} of it assumed`,
    };
  };
  const isSpread = parallelism === "expert";
  return [
    {
      id: `${model.name} on ${accelerator.id}`,
      model: model.name,
      accelerator: accelerator.id,
      count: node,
      precision,
      group: nodes,
      prefill: told(best.prefill, limit.prefill),
      decode: told(best.decode, limit.decode),
      cachedShare: 0,
      note: `speeds are of a roofline, since none is published for ${model.name} in ${precision} on ${accelerator.id}${measured}${isSpread ? `; experts are spread over ${together} accelerators` : ""}`,
    },
  ];
}

/** Of the roofline itself, which no speed exceeds. */
const lossless = {
  computeEfficiency: 1,
  memoryEfficiency: 1,
  linkEfficiency: 1,
  expertEfficiency: 1,
  layerLaunchMs: 0,
  sequenceMs: 0,
};

/** Counts between `from` and `most`, each twice the one before, and `most`. */
function doublings(from: number, most: number): number[] {
  const counts: number[] = [];
  for (let count = from * 2; count < most; count *= 2) counts.push(count);
  return [...counts, most];
}

const overNetwork = (accelerator: Accelerator, node: number): Accelerator => ({
  ...accelerator,
  linkBytesPerSecond: Math.min(accelerator.linkBytesPerSecond, networkBytesPerSecond * node),
});

const atLeastOne = (tokens: number) => Math.max(1, Math.round(tokens));

/** No faster than a larger group, where there is one: of input, the tokens that are computed count, not those of a cache. */
function limited(serving: ServingFigure, larger: ServingFigure | undefined): ServingFigure {
  if (!larger) return serving;
  const computed = (1 - (larger.cachedShare ?? 0)) / (1 - (serving.cachedShare ?? 0));
  const least = (one: Told, other: Told, factor = 1): Told => ({
    ...one,
    low: Math.min(Number(one.low), Number(other.low) * factor),
    likely: Math.min(Number(one.likely), Number(other.likely) * factor),
    high: Math.min(Number(one.high), Number(other.high) * factor),
  });
  return {
    ...serving,
    prefill: least(serving.prefill, larger.prefill, computed),
    decode: least(serving.decode, larger.decode),
    note: `${serving.note}; a group of ${larger.group.nodes} nodes is as fast or faster`,
  };
}

/** The model's own where the chip computes in it, else the smallest one that is not smaller. */
function precisionOn({ precision }: ModelProfile, { flopsPerSecond }: Accelerator): Precision {
  if (precision === "int4" || flopsPerSecond[precision] !== undefined) return precision;
  return (["int8", "f16", "bf16"] as const).find((one) => flopsPerSecond[one] !== undefined) ?? "f32";
}
