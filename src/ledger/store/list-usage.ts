import { sql, type ExpressionBuilder, type Expression, type Kysely, type RawBuilder, type SqlBool } from "kysely";
import { SahabError } from "../../base/errors.ts";
import { decodeUsageRow, type Integer, type UsageRecord } from "../record/index.ts";
import type { TagsInSql } from "./sql-driver.ts";
import type { Scope } from "./scope.ts";
import type { StatusRange, UsageListing, UsagePage } from "./store.ts";
import type { Tables } from "./tables.ts";

/** Rows of the chosen index that one statement looks at; other calls of the store wait for no more than that. */
const sliceRows = 5_000;
/** Rows that one page looks at. */
const pageRowsMax = 50_000;

/**
 * A page of usage records, newest first, along one index: that of the filter that leaves the fewest records, or that of the ends of
 * requests where it is by these. What other filters leave out is looked at in vain, so such a page ends after `pageRows` rows, and may
 * have fewer records than asked for and still a next one.
 */
export async function listUsage(
  db: Kysely<Tables>,
  listing: ScopedListing,
  { tags, pageRows = pageRowsMax }: { tags: TagsInSql; pageRows?: number },
): Promise<UsagePage> {
  const start = listing.cursor === undefined ? undefined : parseCursor(listing.cursor);
  const filters = await filtersOf(db, listing);
  if (filters.some(({ values }) => values.length === 0)) return { records: [], next: null };
  const isByEnd = listing.endedSince !== undefined;
  const [first, ...others] = isByEnd ? [undefined, ...filters] : await rarestFirst(db, listing, filters);
  const unindexed = [
    ...others.map((filter) => isOneOfUnindexed(filter!)),
    ...labelConditions(listing, tags),
    ...boundConditions(listing),
  ];
  const path = { start, first, unindexed };
  if (unindexed.length === 0 && (first === undefined || first.values.length === 1) && !isByEnd)
    return pageOf(await readRecords(db, listing, { ...path, limit: listing.limit + 1 }), listing, null);
  return walk(db, listing, { ...path, pageRows });
}

/** A list, and of which projects it may be. */
export interface ScopedListing extends UsageListing {
  scope: Scope;
}

/** Before this record, in the order of the list; before all of its time where the id is empty. */
interface Place {
  /** That of the request's end where the list is by ends. */
  time: number;
  id: string;
}

/** Which records are read. */
interface Path {
  start: Place | undefined;
  /** The filter along whose index they are; undefined for the index of times, or of ends. */
  first: Filter | undefined;
  unindexed: readonly Condition[];
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

async function filtersOf(db: Kysely<Tables>, listing: ScopedListing): Promise<Filter[]> {
  const { status, project, scope, ...others } = listing;
  const statuses = status === undefined ? undefined : await statusesOf(db, listOf(status));
  const wanted = { ...others, project: projectsWithin(scope, project), status: statuses };
  return (Object.keys(filterColumns) as (keyof typeof filterColumns)[]).flatMap((name) => {
    const value = wanted[name];
    if (value === undefined) return [];
    return [{ column: filterColumns[name], values: listOf<string | number>(value) }];
  });
}

/** Undefined for all of them. */
function projectsWithin({ projects }: Scope, wanted: UsageListing["project"]): readonly string[] | undefined {
  if (wanted === undefined || projects === undefined) return wanted === undefined ? projects : listOf(wanted);
  return listOf(wanted).filter((project) => projects.includes(project));
}

function listOf<T>(value: T | readonly T[]): readonly T[] {
  return isList(value) ? value : [value];
}

/** The platform's own check does not know lists that are not to be changed. */
function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}

async function statusesOf(db: Kysely<Tables>, ranges: readonly StatusRange[]): Promise<number[]> {
  const found = new Set<number>();
  for (const range of ranges)
    for (const status of typeof range === "number" ? [range] : await statusesWithin(db, range)) found.add(status);
  return [...found];
}

/** The statuses that any record has, of a range: one look into their index for each. */
async function statusesWithin(db: Kysely<Tables>, { min, max }: { min: number; max: number }): Promise<number[]> {
  const found: number[] = [];
  for (let from = min; from <= max; from = (found.at(-1) ?? max) + 1) {
    const row = await db
      .selectFrom("usage")
      .select("status")
      .where("status", ">=", from)
      .orderBy("status")
      .limit(1)
      .executeTakeFirst();
    if (!row || Number(row.status) > max) break;
    found.push(Number(row.status));
  }
  return found;
}

function labelConditions({ user, tags = [] }: UsageListing, inSql: TagsInSql): Condition[] {
  return [
    ...(user === undefined ? [] : [() => sql<SqlBool>`end_user = ${user}`]),
    ...tags.map(
      ({ name, value }): Condition =>
        () =>
          sql<SqlBool>`${inSql.valueOf(name)} = ${inSql.encode(value)}`,
    ),
  ];
}

/** Of no index: what a page looks at in vain is bounded. */
function boundConditions({ latencyMin, costMin }: UsageListing): Condition[] {
  return [
    ...(latencyMin === undefined ? [] : [() => sql<SqlBool>`latency_ms >= ${latencyMin}`]),
    ...(costMin === undefined ? [] : [() => sql<SqlBool>`cost >= ${costMin}`]),
  ];
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
    .where(isAlong(listing, undefined))
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

/** Goes along the index, slice by slice; between two slices other calls run. */
async function walk(
  db: Kysely<Tables>,
  listing: UsageListing,
  { pageRows, ...path }: Path & { pageRows: number },
): Promise<UsagePage> {
  const records: UsageRecord[] = [];
  const wanted = listing.limit + 1;
  let { start } = path;
  for (let seen = 0; ; seen += sliceRows) {
    if (seen >= pageRows && start) return pageOf(records, listing, encodeCursor(start));
    const from = await sliceStart(db, listing, { ...path, start });
    const slice = from === undefined ? listing : startingAt(from, listing);
    records.push(...(await readRecords(db, slice, { ...path, start, limit: wanted - records.length })));
    if (records.length === wanted || from === undefined) return pageOf(records, listing, null);
    start = { time: from, id: "" };
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

function startingAt(time: number, listing: UsageListing): UsageListing {
  return listing.endedSince === undefined ? { ...listing, since: time } : { ...listing, endedSince: time };
}

/** The time from which on the index has at least `sliceRows` records before `start`; undefined where it has fewer. */
async function sliceStart(
  db: Kysely<Tables>,
  listing: UsageListing,
  { start, first }: Path,
): Promise<number | undefined> {
  const conditions = first ? first.values.map((value) => isOneOf({ ...first, values: [value] })) : [isAny];
  const rows = Math.ceil(sliceRows / conditions.length);
  let from: number | undefined;
  for (const condition of conditions) {
    const row = await db
      .selectFrom("usage")
      .select(orderOf(listing).as("time"))
      .where(isAlong(from === undefined ? listing : startingAt(from, listing), start))
      .where(condition)
      .orderBy(orderOf(listing), "desc")
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
  { start, first, unindexed, limit }: Path & { limit: number },
): Promise<UsageRecord[]> {
  let query = db
    .selectFrom("usage")
    .selectAll()
    .where(isAlong(listing, start))
    .orderBy(orderOf(listing), "desc")
    .orderBy("id", "desc")
    .limit(limit);
  if (first) query = query.where(isOneOf(first));
  if (listing.endedSince !== undefined) query = query.where(isWithinUnindexed(listing));
  for (const condition of unindexed) query = query.where(condition);
  return (await query.execute()).map(decodeUsageRow);
}

type Condition = (builder: ExpressionBuilder<Tables, "usage">) => Expression<SqlBool>;

/** What the list is in the order of: the expression that an index is of. */
function orderOf({ endedSince }: UsageListing): RawBuilder<Integer> {
  return endedSince === undefined ? sql<Integer>`time` : sql<Integer>`(time + latency_ms)`;
}

const isAny: Condition = () => sql<SqlBool>`1 = 1`;

/** The part of the index that a page is of. */
function isAlong(listing: UsageListing, start: Place | undefined): Condition {
  const order = orderOf(listing);
  const { since, until } = listing.endedSince === undefined ? listing : { since: listing.endedSince, until: undefined };
  return () =>
    sql<SqlBool>`${sql.join(
      [
        sql`1 = 1`,
        ...(since === undefined ? [] : [sql`${order} >= ${since}`]),
        ...(until === undefined ? [] : [sql`${order} < ${until}`]),
        ...(start === undefined ? [] : [sql`${order} <= ${start.time}`]),
        ...(start === undefined ? [] : [sql`(${order} < ${start.time} or id < ${start.id})`]),
      ],
      sql` and `,
    )}`;
}

/** The times of requests where the list is along their ends. */
function isWithinUnindexed({ since, until }: UsageListing): Condition {
  return () =>
    sql<SqlBool>`time + 0 >= ${since ?? Number.MIN_SAFE_INTEGER} and time + 0 < ${until ?? Number.MAX_SAFE_INTEGER}`;
}

function isOneOf({ column, values }: Filter): Condition {
  return (on) => {
    const [first] = values;
    return values.length === 1 && first !== undefined ? on(column, "=", first) : on(column, "in", values);
  };
}

/** As an expression, for which no database looks into an index: the path's is the one to use. */
function isOneOfUnindexed({ column, values }: Filter): Condition {
  const value = column === "status" ? sql`status + 0` : sql`${sql.ref(column)} || ''`;
  return () => sql<SqlBool>`${value} in (${sql.join(values)})`;
}

function pageOf(
  records: readonly UsageRecord[],
  { limit, endedSince }: UsageListing,
  otherwise: string | null,
): UsagePage {
  const page = records.slice(0, limit);
  const last = page.at(-1);
  if (records.length <= limit || !last) return { records: page, next: otherwise };
  const time = endedSince === undefined ? last.time : last.time + last.latencyMs;
  return { records: page, next: encodeCursor({ time, id: last.id }) };
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
