import { sql, type Kysely } from "kysely";
import {
  addAmounts,
  amountsOf,
  decodeAttempts,
  isWithoutAmounts,
  noAmounts,
  noCounts,
  takeAmounts,
  countColumns,
  type AttemptRecord,
  type UsageSum,
} from "../record/index.ts";
import { isMixed, isSplit } from "./migrations.ts";
import { groupsOf, readGroups } from "./usage-groups.ts";
import type { ScopedQuery, TagsInSql } from "./sql-driver.ts";
import { usageWithin } from "./usage-within.ts";
import type { Tables } from "./tables.ts";

/**
 * What must be added to the sums by a request's row, so that each attempt counts for its own provider where the sums are by
 * provider, and that amounts in other currencies than the row's count in theirs. What comes to one provider is taken from
 * another, so the sums over all of them stay.
 *
 * Lists of attempts are decoded here: databases differ in how they would, and the form of a list is known in one place.
 * An index has the requests that matter: others cost no time, and each of these 6 µs. Records of a version that listed no
 * attempts stay with the provider in their row.
 */
export async function moveAttempts(db: Kysely<Tables>, query: ScopedQuery, tags: TagsInSql): Promise<UsageSum[]> {
  const { groupBy } = query;
  const place = groupBy.indexOf("provider");
  const rows = await db
    .selectFrom("usage")
    .select([...groupsOf(groupBy, tags), "currency", "provider_currency", "vendor_cost", "attempt_list"])
    .where(sql.raw<boolean>(place >= 0 ? isMixed : isSplit))
    .where(usageWithin(query, tags))
    .execute();
  return rows.flatMap((found) => {
    const { currency, provider_currency, vendor_cost, attempt_list } = found;
    const row = {
      groups: readGroups(groupBy, found, tags),
      currency,
      providerCurrency: provider_currency ?? currency,
      isStated: vendor_cost !== null,
    };
    const attempts = decodeAttempts(attempt_list);
    if (place >= 0) return moves({ ...row, at: (provider) => row.groups.with(place, provider) }, attempts);
    return attempts.flatMap((attempt) => amountsBeyond(row, attempt));
  });
}

/** Where the sums have the amounts of a request's row. */
interface Row {
  groups: readonly string[];
  currency: string;
  providerCurrency: string;
  /** Whether the row has what vendors state as their bill. */
  isStated: boolean;
}

interface ProviderRow extends Row {
  /** Its groups with another provider. */
  at(provider: string): readonly string[];
}

const emptySum = (groups: readonly string[], currency: string): UsageSum => ({
  ...noCounts,
  ...noAmounts,
  groups,
  currency,
  requests: 0,
});

/** The amounts of an attempt that its request's row does not hold. */
export function amountsBeyond(row: Row, attempt: AttemptRecord): UsageSum[] {
  return amountsOf(attempt, row.currency)
    .entries()
    .map(([currency, amounts]) => {
      const sum = { ...emptySum(row.groups, currency), ...amounts };
      if (currency === row.currency) sum.cost = 0n;
      if (currency === row.providerCurrency) Object.assign(sum, { ...noAmounts, cost: sum.cost });
      return sum;
    })
    .filter((sum) => !isWithoutAmounts(sum))
    .toArray();
}

/** A request counts once for each provider that an attempt of it reached, and for the provider "" where it reached none. */
export function moves(row: ProviderRow, attempts: readonly AttemptRecord[]): UsageSum[] {
  if (attempts.length === 0) return [];
  const { groups: from, currency } = row;
  const taken = { ...emptySum(from, currency), requests: -1 };
  const parts = [taken];
  const reached = new Set<string>();
  for (const attempt of attempts) {
    const part = emptySum(row.at(attempt.provider), currency);
    for (const { name } of countColumns) {
      part[name] = attempt[name];
      taken[name] -= attempt[name];
    }
    if (hasReached(attempt) && !reached.has(attempt.provider)) {
      reached.add(attempt.provider);
      part.requests = 1;
    }
    parts.push(part, ...moveAmounts(row, row.isStated ? attempt : withoutStatement(row, attempt)));
  }
  if (reached.size === 0) parts.push({ ...emptySum(row.at(""), currency), requests: 1 });
  return parts;
}

/** Rows of a version whose attempts alone had a vendor's bill: what a row never had cannot be taken from it. */
function withoutStatement({ providerCurrency }: Row, attempt: AttemptRecord): AttemptRecord {
  return attempt.vendorCost?.currency === providerCurrency ? { ...attempt, vendorCost: null } : attempt;
}

/** An attempt's amounts for its provider, and what of them the row's provider has too much. */
function moveAmounts(row: ProviderRow, attempt: AttemptRecord): UsageSum[] {
  const beyond = amountsBeyond(row, attempt);
  return amountsOf(attempt, row.currency)
    .entries()
    .flatMap(([currency, amounts]) => {
      const given = { ...emptySum(row.at(attempt.provider), currency), ...amounts };
      const taken = emptySum(row.groups, currency);
      takeAmounts(taken, amounts);
      // The row never had these.
      for (const sum of beyond) if (sum.currency === currency) addAmounts(taken, sum);
      return [given, taken];
    })
    .toArray();
}

function hasReached({ sentMs, firstTextMs, outcome }: AttemptRecord): boolean {
  return sentMs !== null || firstTextMs !== null || outcome === "ok";
}
