import { tokenColumns, type AttemptRecord, type UsageSum } from "../record/index.ts";

/**
 * Splits the sum of requests that have the same attempts into a part for each attempt, and one for what no attempt accounts
 * for, so that the parts always add up to the sum. Records of a version that listed no attempts have only the latter.
 *
 * A request counts once for each provider that an attempt of it reached, and for the provider "" where it reached none.
 */
export function splitByProvider(sum: UsageSum, attempts: readonly AttemptRecord[]): UsageSum[] {
  if (attempts.length === 0) return [sum];
  const { currency, requests } = sum;
  const rest: UsageSum = { ...sum, requests: 0 };
  const unreached: UsageSum = { ...noTokens, group: "", currency, requests, cost: 0n };
  const parts = [rest, unreached];
  const reached = new Set<string>();
  for (const attempt of attempts) {
    const { provider } = attempt;
    const part: UsageSum = { ...rest, group: provider, cost: attempt.cost * BigInt(requests) };
    rest.cost -= part.cost;
    for (const { name } of tokenColumns) {
      part[name] = attempt[name] * requests;
      rest[name] -= part[name];
    }
    if (hasReached(attempt) && !reached.has(provider)) {
      reached.add(provider);
      part.requests = requests;
      unreached.requests = 0;
    }
    parts.push(part);
  }
  return parts.filter((part) => !isZero(part));
}

const noTokens = Object.fromEntries(tokenColumns.map(({ name }) => [name, 0])) as Pick<
  UsageSum,
  (typeof tokenColumns)[number]["name"]
>;

function hasReached({ sentMs, firstTextMs, outcome }: AttemptRecord): boolean {
  return sentMs !== null || firstTextMs !== null || outcome === "ok";
}

/** A provider that was tried in vain has no row of its own. */
function isZero(sum: UsageSum): boolean {
  return sum.requests === 0 && sum.cost === 0n && tokenColumns.every(({ name }) => sum[name] === 0);
}
