import { sql, type ExpressionBuilder, type Expression, type Kysely, type SqlBool } from "kysely";
import { SahabError } from "../../base/errors.ts";
import { decodeUsageRow, type Integer, type UsageRecord } from "../record/index.ts";
import type { UsageListing, UsagePage } from "./store.ts";
import type { Tables } from "./tables.ts";

/** Rows of the chosen index that one statement looks at; other calls of the store wait for no more than that. */
const sliceRows = 5_000;
/** Rows that one page looks at. */
const pageRowsMax = 50_000;

/**
 * A page of usage records, newest first, along one index: that of the filter that leaves the fewest records. What other filters leave
 * out is looked at in vain, so such a page ends after `pageRows` rows, and may have fewer records than asked for and still a next one.
 */
export async function listUsage(
  db: Kysely<Tables>,
  listing: UsageListing,
  { pageRows = pageRowsMax }: { pageRows?: number } = {},
): Promise<UsagePage> {
  const start = listing.cursor === undefined ? undefined : parseCursor(listing.cursor);
  if (listing.keys?.length === 0) return { records: [], next: null };
  const filters = filtersOf(listing);
  const [only] = filters;
  if (filters.length < 2 && (only === undefined || only.values.length === 1)) {
    const records = await readRecords(db, listing, { start, filters, limit: listing.limit + 1 });
    return pageOf(records, listing.limit, null);
  }
  return walk(db, listing, { start, filters: await rarestFirst(db, listing, filters), pageRows });
}

/** Before this record, in the order of the list; before all of its time where the id is empty. */
interface Place {
  time: number;
  id: string;
}

/** Columns that have an index, each with time behind it. */
const filterColumns = {
  keys: "key_id",
  project: "project",
  model: "model",
  provider: "provider",
  status: "status",
} as const satisfies Partial<Record<keyof UsageListing, keyof Tables["usage"]>>;

interface Filter {
  column: (typeof filterColumns)[keyof typeof filterColumns];
  values: readonly (string | number)[];
}

function filtersOf(listing: UsageListing): Filter[] {
  return (Object.keys(filterColumns) as (keyof typeof filterColumns)[]).flatMap((name) => {
    const value = listing[name];
    if (value === undefined) return [];
    return [{ column: filterColumns[name], values: typeof value === "object" ? value : [value] }];
  });
}

async function rarestFirst(db: Kysely<Tables>, listing: UsageListing, filters: readonly Filter[]): Promise<Filter[]> {
  if (filters.length < 2) return [...filters];
  const counted = [];
  for (const filter of filters) {
    let count = 0;
    for (const value of filter.values)
      if (count < sliceRows) count += await countUpTo(db, listing, { column: filter.column, values: [value] });
    counted.push({ filter, count });
  }
  return counted.sort((one, other) => one.count - other.count).map(({ filter }) => filter);
}

/** How many records a filter of one value has, up to `sliceRows`. */
async function countUpTo(db: Kysely<Tables>, listing: UsageListing, filter: Filter): Promise<number> {
  const some = db
    .selectFrom("usage")
    .select("time")
    .where(isWithin(listing, undefined))
    .where(isOneOf(filter))
    // The order of the index: PostgreSQL would go through the table for a common value, of which all records may be at its end.
    .orderBy("time", "desc")
    .limit(sliceRows);
  const { count } = await db
    .selectFrom(some.as("some"))
    .select(({ fn }) => fn.countAll<Integer>().as("count"))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Goes along the index of the first filter, slice by slice; between two slices other calls run. */
async function walk(
  db: Kysely<Tables>,
  listing: UsageListing,
  { start, filters, pageRows }: { start: Place | undefined; filters: readonly Filter[]; pageRows: number },
): Promise<UsagePage> {
  const records: UsageRecord[] = [];
  const wanted = listing.limit + 1;
  for (let seen = 0; ; seen += sliceRows) {
    if (seen >= pageRows && start) return pageOf(records, listing.limit, encodeCursor(start));
    const from = await sliceStart(db, listing, { start, filter: filters[0] });
    const slice = { ...listing, since: from ?? listing.since };
    records.push(...(await readRecords(db, slice, { start, filters, limit: wanted - records.length })));
    if (records.length === wanted || from === undefined) return pageOf(records, listing.limit, null);
    start = { time: from, id: "" };
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/** The time from which on a filter has at least `sliceRows` records before `start`; undefined where it has fewer. */
async function sliceStart(
  db: Kysely<Tables>,
  listing: UsageListing,
  { start, filter }: { start: Place | undefined; filter: Filter | undefined },
): Promise<number | undefined> {
  const values = filter?.values ?? [];
  const rows = Math.ceil(sliceRows / Math.max(1, values.length));
  let from: number | undefined;
  for (const value of values) {
    const row = await db
      .selectFrom("usage")
      .select("time")
      .where(isWithin({ ...listing, since: from ?? listing.since }, start))
      .where(isOneOf({ column: filter!.column, values: [value] }))
      .orderBy("time", "desc")
      .offset(rows)
      .limit(1)
      .executeTakeFirst();
    if (row) from = Number(row.time);
  }
  return from;
}

async function readRecords(
  db: Kysely<Tables>,
  listing: UsageListing,
  { start, filters, limit }: { start: Place | undefined; filters: readonly Filter[]; limit: number },
): Promise<UsageRecord[]> {
  const [first, ...others] = filters;
  let query = db
    .selectFrom("usage")
    .selectAll()
    .where(isWithin(listing, start))
    .orderBy("time", "desc")
    .orderBy("id", "desc")
    .limit(limit);
  if (first) query = query.where(isOneOf(first));
  for (const filter of others) query = query.where(isOneOfUnindexed(filter));
  return (await query.execute()).map(decodeUsageRow);
}

type Condition = (builder: ExpressionBuilder<Tables, "usage">) => Expression<SqlBool>;

function isWithin({ since, until }: UsageListing, start: Place | undefined): Condition {
  return (on) =>
    on.and([
      ...(since === undefined ? [] : [on("time", ">=", since)]),
      ...(until === undefined ? [] : [on("time", "<", until)]),
      ...(start === undefined ? [] : [on("time", "<=", start.time)]),
      ...(start === undefined ? [] : [on.or([on("time", "<", start.time), on("id", "<", start.id)])]),
    ]);
}

function isOneOf({ column, values }: Filter): Condition {
  return (on) => {
    const [first] = values;
    return values.length === 1 && first !== undefined ? on(column, "=", first) : on(column, "in", values);
  };
}

/** As an expression, for which no database looks into an index: the first filter's is the one to use. */
function isOneOfUnindexed({ column, values }: Filter): Condition {
  const value = column === "status" ? sql`status + 0` : sql`${sql.ref(column)} || ''`;
  return () => sql<SqlBool>`${value} in (${sql.join(values)})`;
}

function pageOf(records: readonly UsageRecord[], limit: number, otherwise: string | null): UsagePage {
  const page = records.slice(0, limit);
  const last = page.at(-1);
  return { records: page, next: records.length > limit && last ? encodeCursor(last) : otherwise };
}

function encodeCursor({ time, id }: Place): string {
  return `${time}-${id}`;
}

function parseCursor(text: string): Place {
  const [, time, id] = /^(-?\d{1,16})-(.*)$/s.exec(text) ?? [];
  if (time === undefined || id === undefined)
    throw new SahabError("invalid_request", "cursor: expected the `next` of the page before", { param: "cursor" });
  return { time: Number(time), id };
}
