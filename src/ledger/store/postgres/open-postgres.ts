import { readFileSync } from "node:fs";
import { Kysely, PostgresDialect, sql } from "kysely";
import pg from "pg";
import { describeDatabase, type DatabaseAddress } from "../../../base/database-address.ts";
import type { Sealer } from "../../../base/seal.ts";
import { fillRollups } from "../fill-rollups.ts";
import { migrate, NewerDatabaseError } from "../migrate.ts";
import { openSqlStore } from "../sql-store.ts";
import type { OpenStore } from "../store.ts";
import type { Tables } from "../tables.ts";
import { BytewiseText } from "./bytewise-text.ts";
import { createPostgresDriver } from "./postgres-driver.ts";
import { describeOpening } from "./postgres-fault.ts";
import { BoundedPool, type PoolOptions } from "./postgres-pool.ts";
import { unescapeNulls } from "./text-nulls.ts";

/** Debian 11 has 13; the statements here need nothing newer. */
const versionMin = 13;

/** Callers wait 5 s: they hear how a statement ended. */
const callPool: PoolOptions = { connectionsMax: 6, connectMs: 3_000, statementMs: 4_000 };
/** Four reports are made at once; each statement is a slice of one. */
const reportPool: PoolOptions = { connectionsMax: 4, connectMs: 3_000, statementMs: 30_000 };
/** A migration of a large table takes minutes, and so does waiting for that of another machine. */
const migrationPool: PoolOptions = { connectionsMax: 1, connectMs: 10_000, statementMs: undefined };

export interface PostgresOptions {
  /** Names this machine among those that share the database. */
  machine: string;
}

/** What is known of a database that was just looked at. */
export interface DatabaseState {
  version: string;
  isEncrypted: boolean;
  /** How far its clock is ahead of this machine's, milliseconds. */
  clockAheadMs: number;
}

/** Opens the store in PostgreSQL. The error says what is wrong and what to do, without the password. */
export async function openPostgresStore(
  address: DatabaseAddress,
  sealer: Sealer,
  { machine }: PostgresOptions,
): Promise<OpenStore> {
  try {
    const { connection } = await reach(address);
    const migrating = openDatabase(connection, migrationPool);
    try {
      const db = migrating.withPlugin(new BytewiseText());
      await migrate(db, "bytea");
      await fillRollups(db);
    } finally {
      await migrating.destroy();
    }
    const reports = openDatabase(connection, reportPool);
    const dialect = new PostgresDialect({ pool: new BoundedPool(connection, callPool) });
    return openSqlStore(dialect, sealer, { driver: createPostgresDriver(reports), machine });
  } catch (cause) {
    throw openingError(cause, address);
  }
}

/** Looks at a database and its rights, and changes nothing. The error is that of `openPostgresStore`. */
export async function checkPostgres(address: DatabaseAddress): Promise<DatabaseState> {
  try {
    return (await reach(address)).state;
  } catch (cause) {
    throw openingError(cause, address);
  }
}

function openingError(cause: unknown, address: DatabaseAddress): Error {
  if (cause instanceof NewerDatabaseError)
    return new Error(
      `Cannot open the database ${describeDatabase(address)}: ${cause.message}. Start the version of Sahab that was used last, or a later one; nothing was changed`,
      { cause },
    );
  return new Error(describeOpening(cause, address), { cause });
}

/** Connects once: so `prefer` is decided for all connections, and what is wrong is known before anything is changed. */
async function reach(address: DatabaseAddress): Promise<{ connection: pg.ClientConfig; state: DatabaseState }> {
  const secure = connectionOf(address, true);
  try {
    return { connection: secure, state: await look(secure) };
  } catch (error) {
    const hasNoTls = error instanceof Error && error.message.includes("does not support SSL");
    if (address.sslMode !== "prefer" || !hasNoTls) throw error;
    const plain = connectionOf(address, false);
    return { connection: plain, state: await look(plain) };
  }
}

async function look(connection: pg.ClientConfig): Promise<DatabaseState> {
  const db = openDatabase(connection, { connectionsMax: 1, connectMs: 10_000, statementMs: 10_000 });
  try {
    const sentMs = Date.now();
    const { rows } = await sql<{ number: string; version: string; now: number; creates: boolean; encrypted: boolean }>`
      select current_setting('server_version_num') as number, current_setting('server_version') as version,
        (extract(epoch from clock_timestamp()) * 1000)::float8 as now,
        coalesce(has_schema_privilege(current_schema(), 'create'), false) as creates,
        coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as encrypted`.execute(db);
    const [row] = rows;
    if (!row) throw new Error("the server answered nothing");
    if (Number(row.number) < versionMin * 10_000)
      throw new Error(`the server is PostgreSQL ${row.version}; ${versionMin} or later is needed`);
    if (!row.creates) throw Object.assign(new Error("no right to create tables"), { code: "42501", severity: "ERROR" });
    // The answer was made about half way between question and answer.
    const clockAheadMs = Math.round(row.now - (sentMs + Date.now()) / 2);
    return { version: row.version, isEncrypted: row.encrypted, clockAheadMs };
  } finally {
    await db.destroy();
  }
}

function openDatabase(connection: pg.ClientConfig, options: PoolOptions): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: new BoundedPool(connection, options) }) });
}

function connectionOf(address: DatabaseAddress, isSecure: boolean): pg.ClientConfig {
  const { host, port, database, user, password } = address;
  const ssl = isSecure && address.sslMode !== "disable" && tlsOf(address);
  return { host, port, database, user, ...(password !== undefined && { password }), ssl, types };
}

/** As libpq reads `sslmode`: `require` checks the authority where one is named, `verify-full` the host's name, too. */
function tlsOf({ sslMode, caFile, certFile, keyFile, host }: DatabaseAddress) {
  const isChecked = sslMode === "verify-ca" || sslMode === "verify-full" || (sslMode === "require" && caFile);
  return {
    rejectUnauthorized: Boolean(isChecked),
    servername: host,
    ...(caFile !== undefined && { ca: readPem(caFile, "sslrootcert") }),
    ...(certFile !== undefined && { cert: readPem(certFile, "sslcert") }),
    ...(keyFile !== undefined && { key: readPem(keyFile, "sslkey") }),
    ...(sslMode !== "verify-full" && { checkServerIdentity: () => undefined }),
  };
}

function readPem(file: string, name: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new Error(`cannot read ${name} ${file} (${(cause as { code?: string }).code ?? String(cause)})`, { cause });
  }
}

type TypeOid = Parameters<typeof pg.types.getTypeParser>[0];

/** 64 bits and sums are exact; the rest is read as the driver does. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: TypeOid, format: "text") =>
    exactParsers.get(oid) ?? pg.types.getTypeParser(oid, format)) as pg.CustomTypesConfig["getTypeParser"],
};

const exactParsers = new Map<TypeOid, (text: string) => unknown>([
  [pg.types.builtins.INT8, BigInt],
  [pg.types.builtins.NUMERIC, (text) => (/^-?\d+$/.test(text) ? BigInt(text) : Number(text))],
  [pg.types.builtins.TEXT, unescapeNulls],
]);
