import {
  encodeApiRecord,
  encodeApiUsageSum,
  type ApiRecord,
  type ApiUsageSum,
  type UsageRecord,
  type UsageSum,
} from "../record/index.ts";
import { formatNano } from "../../base/money.ts";
import { namesOfKeys } from "./key-names.ts";
import type { Scope } from "./scope.ts";
import type { Store, UsagePoint } from "./store.ts";

/** A usage record as lists show it. */
export type ShownRecord = ApiRecord & { key_name: string | null };

/** What `listUsageJson` answers. */
export interface ApiUsagePage {
  requests: ShownRecord[];
  next: string | null;
  now: string;
}

/** A row of a point: a chart has many of them. */
export type ApiPointRow = Pick<
  ApiUsageSum,
  | "groups"
  | "requests"
  | "input_tokens"
  | "cached_input_tokens"
  | "output_tokens"
  | "reasoning_tokens"
  | "cost"
  | "currency"
>;

/** What `sumUsageJson` answers. */
export interface ApiUsageReport {
  rows: ApiUsageSum[];
  more: number;
  rest: ApiUsageSum[];
  points?: { since: string; until: string; rows: ApiPointRow[]; rest: ApiPointRow[] }[] | undefined;
  cut_off: string | null;
}

/** Lists and reports in the admin API's form. */
export function createUsageJson(
  store: Pick<Store, "listUsage" | "sumUsage" | "listKeys" | "findKey">,
): Pick<Store, "listUsageJson" | "sumUsageJson"> {
  return {
    async listUsageJson(scope, listing, now) {
      const { records, next } = await store.listUsage(scope, listing);
      const page: ApiUsagePage = { requests: await encodeRecords(store, scope, records), next, now };
      return encodeJson(page);
    },

    async sumUsageJson(scope, query, options) {
      const { rows, more, rest, points, cutOffMs } = await store.sumUsage(scope, query, options);
      const keyPlace = query.groupBy.indexOf("key");
      const keys = keyPlace < 0 ? [] : await store.listKeys(scope);
      const names = new Map(keys.map(({ id, name }) => [id, name]));
      const report: ApiUsageReport = {
        rows: rows.map((row) => ({ ...encodeApiUsageSum(row), name: names.get(row.groups[keyPlace] ?? "") })),
        more,
        rest: rest.map(encodeApiUsageSum),
        points: query.spans && points.map(encodePoint),
        cut_off: cutOffMs === null ? null : timeOf(cutOffMs),
      };
      return encodeJson(report);
    },
  };
}

export async function encodeRecords(
  store: Pick<Store, "findKey" | "listKeys">,
  scope: Scope,
  records: readonly UsageRecord[],
): Promise<ShownRecord[]> {
  const ids = records.map(({ keyId }) => keyId);
  const names = await namesOfKeys(store, scope, ids);
  return records.map((record) => ({ ...encodeApiRecord(record), key_name: names.get(record.keyId) ?? null }));
}

const timeOf = (ms: number) => new Date(ms).toISOString();

function encodePoint({ sinceMs, untilMs, rows, rest }: UsagePoint) {
  return { since: timeOf(sinceMs), until: timeOf(untilMs), rows: rows.map(shortOf), rest: rest.map(shortOf) };
}

function shortOf(sum: UsageSum): ApiPointRow {
  return {
    groups: sum.groups,
    requests: sum.requests,
    input_tokens: sum.inputTokens,
    cached_input_tokens: sum.cachedInputTokens,
    output_tokens: sum.outputTokens,
    reasoning_tokens: sum.reasoningTokens,
    cost: formatNano(sum.cost),
    currency: sum.currency,
  };
}

/** In UTF-8. */
function encodeJson(value: object): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}
