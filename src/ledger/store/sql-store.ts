import { Kysely, sql, type Dialect, type Insertable, type Selectable } from "kysely";
import { parseCloudConfig, type CloudConfig, type ProviderConfig } from "../../base/cloud-config.ts";
import type { Sealer } from "../../base/seal.ts";
import { must } from "../../base/assert.ts";
import type { UsageRecord } from "../usage-record.ts";
import { Migrator } from "kysely/migration";
import { migrations } from "./migrations.ts";
import type { KeyRow, Store, UsageGroup, UsageQuery } from "./store.ts";

/** Integers come back as bigint from SQLite (see safeIntegers), so that sums of money stay exact. */
type Integer = number | bigint;

interface Tables {
  state: { id: Integer; version: Integer };
  resources: { kind: string; name: string; position: Integer; spec: string; secret: Uint8Array | null };
  keys: {
    id: string;
    name: string;
    project: string;
    hash: string;
    prefix: string;
    created_ms: Integer;
    expires_ms: Integer | null;
    revoked_ms: Integer | null;
    terms: string;
  };
  usage: {
    id: string;
    time: Integer;
    key_id: string;
    project: string;
    model: string;
    provider: string;
    operation: string;
    attempts: Integer;
    status: Integer;
    outcome: string;
    streamed: Integer;
    input_tokens: Integer;
    cached_input_tokens: Integer;
    output_tokens: Integer;
    reasoning_tokens: Integer;
    estimated: Integer;
    cost: Integer;
    currency: string;
    latency_ms: Integer;
    first_token_ms: Integer | null;
  };
}

const kinds = ["providers", "models", "projects"] as const;
const dayMs = 86_400_000;
/** Nano-units in one unit of a currency. */
const costUnit = 1_000_000_000;

const groupColumns = {
  model: "model",
  key: "key_id",
  project: "project",
  provider: "provider",
} as const satisfies Partial<Record<UsageGroup, keyof Tables["usage"]>>;

/** Runs a statement for each row of parameters, all or none, and returns how many rows were added. */
export type BulkInsert = (sql: string, rows: readonly unknown[][]) => number | Promise<number>;

/** The store in SQL that SQLite and PostgreSQL both understand; `driver` has what they do differently. */
export async function openSqlStore(
  dialect: Dialect,
  sealer: Sealer,
  driver: { insertMany: BulkInsert },
): Promise<Store> {
  const db = new Kysely<Tables>({ dialect });
  const { error } = await new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(migrations) },
  }).migrateToLatest();
  if (error) throw error instanceof Error ? error : new Error("migration failed", { cause: error });

  let insertUsageSql: string | undefined;
  const bumpVersion = (tx: Kysely<Tables>) =>
    tx
      .updateTable("state")
      .set({ version: sql<number>`version + 1` })
      .where("id", "=", 1)
      .execute();

  return {
    async version() {
      const row = await db.selectFrom("state").select("version").executeTakeFirstOrThrow();
      return Number(row.version);
    },

    async readConfig() {
      const rows = await db.selectFrom("resources").selectAll().orderBy("kind").orderBy("position").execute();
      const config: Record<string, unknown[]> = { providers: [], models: [], projects: [] };
      for (const row of rows) {
        const spec = JSON.parse(row.spec) as Record<string, unknown>;
        if (row.secret) Object.assign(spec, JSON.parse(sealer.open(row.secret, secretContext(row.name))));
        must(config[row.kind], `resource kind ${row.kind} is known`).push(spec);
      }
      return parseCloudConfig(config);
    },

    async writeConfig(config: CloudConfig, expectedVersion: number) {
      return db.transaction().execute(async (tx) => {
        // The write comes first, so that SQLite takes its write lock before anything is read.
        const moved = await tx
          .updateTable("state")
          .set({ version: sql<number>`version + 1` })
          .where("version", "=", expectedVersion)
          .executeTakeFirst();
        if (moved.numUpdatedRows === 0n) return false;
        await tx.deleteFrom("resources").execute();
        const rows = kinds.flatMap((kind) =>
          config[kind].map((item, position): Insertable<Tables["resources"]> => {
            const { spec, secret } =
              kind === "providers" ? splitSecret(item as ProviderConfig, sealer) : { spec: item, secret: null };
            return { kind, name: item.name, position, spec: JSON.stringify(spec), secret };
          }),
        );
        for (let at = 0; at < rows.length; at += 500)
          await tx
            .insertInto("resources")
            .values(rows.slice(at, at + 500))
            .execute();
        return true;
      });
    },

    async insertKey(key) {
      await db.transaction().execute(async (tx) => {
        await bumpVersion(tx);
        await tx.insertInto("keys").values(encodeKey(key)).execute();
      });
    },

    async findKeyByHash(hash) {
      const row = await db.selectFrom("keys").selectAll().where("hash", "=", hash).executeTakeFirst();
      return row && decodeKey(row);
    },

    async listKeys() {
      const rows = await db.selectFrom("keys").selectAll().orderBy("id").execute();
      return rows.map(decodeKey);
    },

    async revokeKey(id, timeMs) {
      return db.transaction().execute(async (tx) => {
        await bumpVersion(tx);
        const row = await tx
          .updateTable("keys")
          .set({ revoked_ms: sql<number>`coalesce(revoked_ms, ${timeMs})` })
          .where("id", "=", id)
          .executeTakeFirst();
        return row.numUpdatedRows > 0n;
      });
    },

    async insertUsage(records) {
      const [first] = records;
      if (!first) return 0;
      // The same columns in the same order for every record, so one statement serves them all.
      insertUsageSql ??= db
        .insertInto("usage")
        .values(encodeUsage(first))
        .onConflict((conflict) => conflict.column("id").doNothing())
        .compile().sql;
      return driver.insertMany(
        insertUsageSql,
        records.map((record) => Object.values(encodeUsage(record))),
      );
    },

    async listUsage({ limit, cursor }) {
      // Ids begin with their time, so their order is the order of arrival.
      let query = db
        .selectFrom("usage")
        .selectAll()
        .orderBy("id", "desc")
        .limit(limit + 1);
      if (cursor !== undefined) query = query.where("id", "<", cursor);
      const rows = await query.execute();
      const records = rows.slice(0, limit).map(decodeUsage);
      return { records, next: rows.length > limit ? (records.at(-1)?.id ?? null) : null };
    },

    async sumUsage({ since, until, groupBy, currency, project }: UsageQuery) {
      const group =
        groupBy === "day"
          ? sql<string | Integer>`time / ${sql.lit(dayMs)}`
          : sql<string | Integer>`${sql.ref(groupColumns[groupBy])}`;
      let query = db
        .selectFrom("usage")
        .select([
          group.as("group"),
          "currency",
          sql<Integer>`count(*)`.as("requests"),
          sql<Integer>`sum(input_tokens)`.as("input"),
          sql<Integer>`sum(cached_input_tokens)`.as("cached"),
          sql<Integer>`sum(output_tokens)`.as("output"),
          sql<Integer>`sum(reasoning_tokens)`.as("reasoning"),
          // In two parts: SQLite ends a sum that overflows 64 bits, which a billion units of a currency do, with an error.
          sql<Integer>`sum(cost / ${sql.lit(costUnit)})`.as("cost"),
          sql<Integer>`sum(cost % ${sql.lit(costUnit)})`.as("costRest"),
        ])
        .groupBy([group, "currency"])
        .orderBy(group)
        .orderBy("currency");
      if (since !== undefined) query = query.where("time", ">=", since);
      if (until !== undefined) query = query.where("time", "<", until);
      if (currency !== undefined) query = query.where("currency", "=", currency);
      if (project !== undefined) query = query.where("project", "=", project);
      const rows = await query.execute();
      return rows.map((row) => ({
        group: groupBy === "day" ? new Date(Number(row.group) * dayMs).toISOString().slice(0, 10) : String(row.group),
        currency: row.currency,
        requests: Number(row.requests),
        inputTokens: Number(row.input),
        cachedInputTokens: Number(row.cached),
        outputTokens: Number(row.output),
        reasoningTokens: Number(row.reasoning),
        cost: BigInt(row.cost) * BigInt(costUnit) + BigInt(row.costRest),
      }));
    },

    close: () => db.destroy(),
  };
}

function secretContext(provider: string): string {
  return `provider:${provider}`;
}

/** What is secret of a provider goes into the sealed column and nowhere else. */
function splitSecret(provider: ProviderConfig, sealer: Sealer): { spec: object; secret: Uint8Array | null } {
  const { api_key, headers, ...spec } = provider;
  if (api_key == null && headers == null) return { spec, secret: null };
  const secret = { ...(api_key == null ? {} : { api_key }), ...(headers == null ? {} : { headers }) };
  return { spec, secret: sealer.seal(JSON.stringify(secret), secretContext(provider.name)) };
}

function encodeKey(key: KeyRow): Insertable<Tables["keys"]> {
  const { createdMs, expiresMs, revokedMs, ...same } = key;
  return { ...same, created_ms: createdMs, expires_ms: expiresMs, revoked_ms: revokedMs };
}

function decodeKey(row: Selectable<Tables["keys"]>): KeyRow {
  const { created_ms, expires_ms, revoked_ms, ...same } = row;
  return {
    ...same,
    createdMs: Number(created_ms),
    expiresMs: optionalNumber(expires_ms),
    revokedMs: optionalNumber(revoked_ms),
  };
}

function encodeUsage(record: UsageRecord): Insertable<Tables["usage"]> {
  return {
    id: record.id,
    time: record.time,
    key_id: record.keyId,
    project: record.project,
    model: record.model,
    provider: record.provider,
    operation: record.operation,
    attempts: record.attempts,
    status: record.status,
    outcome: record.outcome,
    streamed: record.streamed ? 1 : 0,
    input_tokens: record.inputTokens,
    cached_input_tokens: record.cachedInputTokens,
    output_tokens: record.outputTokens,
    reasoning_tokens: record.reasoningTokens,
    estimated: record.estimated ? 1 : 0,
    cost: record.cost,
    currency: record.currency,
    latency_ms: record.latencyMs,
    first_token_ms: record.firstTokenMs,
  };
}

function decodeUsage(row: Selectable<Tables["usage"]>): UsageRecord {
  return {
    id: row.id,
    time: Number(row.time),
    keyId: row.key_id,
    project: row.project,
    model: row.model,
    provider: row.provider,
    operation: row.operation as UsageRecord["operation"],
    attempts: Number(row.attempts),
    status: Number(row.status),
    outcome: row.outcome as UsageRecord["outcome"],
    streamed: Number(row.streamed) === 1,
    inputTokens: Number(row.input_tokens),
    cachedInputTokens: Number(row.cached_input_tokens),
    outputTokens: Number(row.output_tokens),
    reasoningTokens: Number(row.reasoning_tokens),
    estimated: Number(row.estimated) === 1,
    cost: BigInt(row.cost),
    currency: row.currency,
    latencyMs: Number(row.latency_ms),
    firstTokenMs: optionalNumber(row.first_token_ms),
  };
}

function optionalNumber(value: Integer | null): number | null {
  return value === null ? null : Number(value);
}
