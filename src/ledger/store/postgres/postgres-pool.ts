import type { PostgresPool, PostgresPoolClient } from "kysely";
import pg from "pg";
import { isServerFault } from "./postgres-fault.ts";
import { escapeNulls } from "./text-nulls.ts";

/** After a connection that could not be made, the next is tried after this time, doubled for each further failure up to the maximum. */
const restMs = 50;
const restMsMax = 1_000;

export interface PoolOptions {
  connectionsMax: number;
  /** Until a connection must be there, new or given back by another. */
  connectMs: number;
  /** Until a statement must be done; undefined for no limit. The server ends it then. */
  statementMs: number | undefined;
}

/**
 * A pool of connections for Kysely. One whose statement was not answered in time, or that is broken, is closed and not used again. While no
 * connection can be made, callers hear so at once.
 */
export class BoundedPool implements PostgresPool {
  /** What Kysely opens further connections with, to cancel statements; it is never asked to. */
  readonly options = {};
  readonly #pool: pg.Pool;
  readonly #answerMs: number | undefined;
  readonly #clients = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  #restMs = 0;
  #restsUntilMs = 0;
  #fault: Error | undefined;

  constructor(connection: pg.ClientConfig, { connectionsMax, connectMs, statementMs }: PoolOptions) {
    this.#answerMs = statementMs === undefined ? undefined : statementMs + answerGraceMs;
    this.#pool = new pg.Pool({
      ...connection,
      max: connectionsMax,
      connectionTimeoutMillis: connectMs,
      idleTimeoutMillis: idleMs,
      // What a machine that vanished in the middle of a transaction has locked is free again after this.
      idle_in_transaction_session_timeout: idleInTransactionMs,
      ...(statementMs !== undefined && { statement_timeout: statementMs }),
      keepAlive: true,
      keepAliveInitialDelayMillis: 5_000,
      application_name: "sahab",
    });
    // A connection that breaks is told to whoever uses it next; unheard, these events would end the process.
    this.#pool.on("error", ignore);
    this.#pool.on("connect", (client) => client.on("error", ignore));
  }

  async connect(): Promise<PostgresPoolClient> {
    if (this.#fault && performance.now() < this.#restsUntilMs) throw this.#fault;
    let client: pg.PoolClient;
    try {
      client = await this.#pool.connect();
    } catch (error) {
      if (!isBusy(error)) this.#rest(error);
      throw error;
    }
    this.#fault = undefined;
    this.#restMs = 0;
    let known = this.#clients.get(client);
    if (!known) this.#clients.set(client, (known = this.#wrap(client)));
    return known;
  }

  end(): Promise<void> {
    return this.#pool.end();
  }

  #rest(error: unknown): void {
    this.#fault = error instanceof Error ? error : new Error(String(error));
    this.#restMs = Math.min(Math.max(this.#restMs * 2, restMs), restMsMax);
    this.#restsUntilMs = performance.now() + this.#restMs;
  }

  #wrap(client: pg.PoolClient): PostgresPoolClient {
    let isBroken = false;
    const query = async (sql: string, parameters: readonly unknown[]): Promise<pg.QueryResult> => {
      try {
        return await this.#answered(client.query(sql, parameters.map(escapeNulls)));
      } catch (error) {
        isBroken ||= !isServerFault(error);
        throw error;
      }
    };
    return { query: query as unknown as PostgresPoolClient["query"], release: () => client.release(isBroken) };
  }

  /** The server ends a statement in time; where it does not, the connection is dead. */
  async #answered<T>(answer: Promise<T>): Promise<T> {
    const answerMs = this.#answerMs;
    if (answerMs === undefined) return answer;
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error(`no answer within ${answerMs} ms`)), answerMs);
    // Closed, a connection rejects what still waits for it: nobody listens then.
    answer.catch(ignore);
    try {
      return await Promise.race([answer, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}

const answerGraceMs = 500;
const idleMs = 30_000;
const idleInTransactionMs = 10_000;

const ignore = () => undefined;

/** All connections are in use, and none came back in time. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && error.message === "timeout exceeded when trying to connect";
}
