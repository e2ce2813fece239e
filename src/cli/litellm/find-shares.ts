import type { Deployment } from "./read-deployment.ts";
import { shareFields } from "./settings.ts";

/** Most that a weight may be. */
const weightMax = 1000;

/**
 * Weights as whole numbers in the ratio of the shares, among the deployments of each rank; none where all are alike. `fields` says which
 * settings they are from.
 */
export function findWeights(deployments: readonly Deployment[]): {
  weights: (number | undefined)[];
  fields: ReadonlySet<string>;
} {
  const ranks = findRanks(deployments);
  const weights = new Map<Deployment, number | undefined>();
  const fields = new Set<string>();
  for (const rank of new Set(ranks)) {
    const equal = deployments.filter((_, index) => ranks[index] === rank);
    const by = shareFields.find((name) =>
      // Limits say how the calls are shared only where each has one: without, a deployment has no limit and not no calls.
      name === "weight" ? equal.some((one) => one.sharedBy === name) : equal.every((one) => one.sharedBy === name),
    );
    const shares = equal.map(({ share, sharedBy }) => (sharedBy === by ? (share ?? 0) : 0));
    if (by === undefined || new Set(shares).size === 1) continue;
    fields.add(by);
    for (const [index, weight] of toWhole(shares).entries()) {
      const deployment = equal[index];
      if (deployment !== undefined && weight !== 1) weights.set(deployment, weight);
    }
  }
  return { weights: deployments.map((deployment) => weights.get(deployment)), fields };
}

/** Whole numbers in the same ratio, as far as the largest allowed weight can tell them apart. */
function toWhole(shares: readonly number[]): number[] {
  for (const factor of [1, 10, 100, 1000]) {
    const whole = shares.map((share) => Math.round(share * factor * 1e6) / 1e6);
    if (!whole.every(Number.isInteger)) continue;
    const divisor = whole.reduce(greatestCommonDivisor);
    if (Math.max(...whole) / divisor <= weightMax) return whole.map((share) => share / divisor);
  }
  const largest = Math.max(...shares);
  return shares.map((share) => (share === 0 ? 0 : Math.max(1, Math.round((share / largest) * weightMax))));
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** The rank of each order, from 1; deployments without an order come last, as LiteLLM asks them last. */
export function findRanks(deployments: readonly Deployment[]): number[] {
  const orders = [...new Set(deployments.map(({ order }) => order ?? Number.POSITIVE_INFINITY))].sort((a, b) => a - b);
  return deployments.map(({ order }) => orders.indexOf(order ?? Number.POSITIVE_INFINITY) + 1);
}
