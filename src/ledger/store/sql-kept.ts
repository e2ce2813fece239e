import { sql, type ExpressionBuilder, type Insertable, type Kysely, type Selectable } from "kysely";
import { createKeySealer, type Sealer } from "../../base/seal.ts";
import { openDataKey } from "./data-keys.ts";
import type { KeptBound, KeptHead, KeptKey, KeptRow, KeptStore, NewKept } from "./kept-store.ts";
import type { Tables } from "./tables.ts";

/** What a row takes beside what is sealed, about. */
const rowBytes = 400;
const keyName = "kept";

/** Rows that are kept, in SQL for all databases. `forgetDataKey` is to be called when the data key was deleted. */
export function createSqlKept(
  db: Kysely<Tables>,
  sealer: Sealer,
  { machine }: { machine: string },
): { kept: KeptStore; forgetDataKey: () => void } {
  let opening: Promise<Sealer> | undefined;
  /** The sealer of the rows; its key is made when the first row is kept. */
  const rowSealer = () => (opening ??= openRowSealer(db, sealer).catch(forget));
  const forget = (error: unknown) => {
    opening = undefined;
    throw error;
  };
  const decodeAll = async (rows: Selectable<Tables["kept"]>[]) => {
    if (rows.length === 0) return [];
    const open = await rowSealer();
    return rows.flatMap((row) => decodeRow(row, open) ?? []);
  };

  const kept: KeptStore = {
    async keep(rows) {
      const open = await rowSealer();
      const encoded = rows.map((row) => encodeRow(row, open));
      return db.transaction().execute(async (tx) => {
        const areKept: boolean[] = [];
        // In one order everywhere, so that transactions of several machines do not wait for each other in a circle.
        const ordered = [...encoded.entries()].sort(([, one], [, other]) =>
          contextOf(one) < contextOf(other) ? -1 : 1,
        );
        for (const [at, row] of ordered) {
          const { numInsertedOrUpdatedRows } = await tx
            .insertInto("kept")
            .values(row)
            .onConflict((conflict) => {
              const update = conflict.columns(["kind", "project", "id"]).doUpdateSet(row);
              return rows[at]?.isUnique ? update.where("kept.expires_ms", "<=", row.created_ms) : update;
            })
            .executeTakeFirst();
          areKept[at] = (numInsertedOrUpdatedRows ?? 0n) > 0n;
        }
        return areKept;
      });
    },

    async findKept({ kind, project, ids, nowMs }) {
      if (ids.length === 0) return [];
      const rows = await ofProject(db, kind, project).where("id", "in", ids).where("expires_ms", ">", nowMs).execute();
      return decodeAll(rows);
    },

    async findKeptHeads({ kind, project, ids, nowMs }) {
      if (ids.length === 0) return [];
      const rows = await headsOf(db, kind, project).where("id", "in", ids).where("expires_ms", ">", nowMs).execute();
      return rows.map(decodeHead);
    },

    async findKeptChain({ kind, project, id, nowMs, rowsMax, bytesMax }) {
      const chain: KeptHead[] = [];
      const seen = new Set<string>();
      let bytes = 0;
      for (let next = id; next !== "" && !seen.has(next) && chain.length < rowsMax && bytes < bytesMax;) {
        seen.add(next);
        const row = await headsOf(db, kind, project)
          .where("id", "=", next)
          .where("expires_ms", ">", nowMs)
          .executeTakeFirst();
        if (!row) break;
        const head = decodeHead(row);
        chain.push(head);
        bytes += head.bytes;
        next = head.previous;
      }
      return chain;
    },

    async changeKept(key, from, { status, owner, answer }) {
      const sealed = answer === undefined || answer === null ? null : (await rowSealer()).seal(answer, contextOf(key));
      const row = await db
        .updateTable("kept")
        .set({ status, owner })
        .$if(answer !== undefined, (query) =>
          query.set({
            answer: sealed,
            bytes: sql<number>`${rowBytes + (sealed?.length ?? 0)} + coalesce(length(request), 0)`,
          }),
        )
        .where("kind", "=", key.kind)
        .where("project", "=", key.project)
        .where("id", "=", key.id)
        .where("status", "in", from)
        .executeTakeFirst();
      return row.numUpdatedRows > 0n;
    },

    async endKept({ owner, from, to }) {
      const row = await db
        .updateTable("kept")
        .set({ status: to, owner: "" })
        .where((on) => (owner === undefined ? isOfMachine(on, machine) : on("owner", "=", owner)))
        .where("status", "in", from)
        .executeTakeFirst();
      return Number(row.numUpdatedRows);
    },

    async deleteKept({ kind, project, id }) {
      const row = await db
        .deleteFrom("kept")
        .where("kind", "=", kind)
        .where("project", "=", project)
        .where("id", "=", id)
        .executeTakeFirst();
      return row.numDeletedRows > 0n;
    },

    async sweepKept(nowMs, bounds) {
      const expired = await db.deleteFrom("kept").where("expires_ms", "<=", nowMs).executeTakeFirst();
      let deleted = Number(expired.numDeletedRows);
      for (const bound of bounds) if (await isBeyond(db, bound)) deleted += await deleteOldest(db, bound);
      return deleted;
    },
  };
  return { kept, forgetDataKey: () => (opening = undefined) };
}

/** Processes are named by their machine and a number, where several share the database. */
function isOfMachine(on: ExpressionBuilder<Tables, "kept">, machine: string) {
  return machine === "" ? on("owner", "<>", "") : on("owner", "like", `${machine}/%`);
}

/** Makes everything unreadable that was kept, and deletes it: for when the master key is lost. */
export async function forgetKept(tx: Kysely<Tables>): Promise<void> {
  for (const table of ["kept", "files", "batches", "conversations"] as const) await tx.deleteFrom(table).execute();
  await tx.deleteFrom("data_keys").execute();
}

async function openRowSealer(db: Kysely<Tables>, sealer: Sealer): Promise<Sealer> {
  return createKeySealer(await openDataKey(db, sealer, keyName));
}

function ofProject(db: Kysely<Tables>, kind: string, project: string) {
  return db.selectFrom("kept").selectAll().where("kind", "=", kind).where("project", "=", project);
}

function headsOf(db: Kysely<Tables>, kind: string, project: string) {
  return db
    .selectFrom("kept")
    .select(["id", "status", "model", "previous", "bytes"])
    .where("kind", "=", kind)
    .where("project", "=", project);
}

function decodeHead(row: Omit<KeptHead, "bytes"> & { bytes: unknown }): KeptHead {
  return { ...row, bytes: Number(row.bytes) };
}

/** A sealed value cannot be put into another row. */
function contextOf({ kind, project, id }: KeptKey): string {
  return JSON.stringify(["kept", kind, project, id]);
}

function encodeRow(row: NewKept, sealer: Sealer): Insertable<Tables["kept"]> {
  const { createdMs, expiresMs, request, answer, isUnique: _, ...same } = row;
  const seal = (text: string | null) => (text === null ? null : sealer.seal(text, contextOf(row)));
  const sealed = { request: seal(request), answer: seal(answer) };
  const bytes = rowBytes + (sealed.request?.length ?? 0) + (sealed.answer?.length ?? 0);
  return { ...same, ...sealed, created_ms: createdMs, expires_ms: expiresMs, bytes };
}

/** Undefined for a row that is damaged, or that another key has sealed. */
function decodeRow(row: Selectable<Tables["kept"]>, sealer: Sealer): KeptRow | undefined {
  const { created_ms, expires_ms, bytes: _, request, answer, ...same } = row;
  const open = (sealed: Uint8Array | null) => (sealed === null ? null : sealer.open(sealed, contextOf(row)));
  try {
    const opened = { request: open(request), answer: open(answer) };
    return { ...same, ...opened, createdMs: Number(created_ms), expiresMs: Number(expires_ms) };
  } catch {
    return undefined;
  }
}

async function isBeyond(db: Kysely<Tables>, { kind, project, rowsMax, bytesMax }: KeptBound): Promise<boolean> {
  let query = db
    .selectFrom("kept")
    .select(({ fn }) => [fn.countAll().as("rows"), fn.sum("bytes").as("bytes")])
    .where("kind", "=", kind);
  if (project !== undefined) query = query.where("project", "=", project);
  const { rows, bytes } = await query.executeTakeFirstOrThrow();
  return Number(rows) > rowsMax || Number(bytes ?? 0) > bytesMax;
}

/** Of rows made at the same time, the greater id counts as the newer. */
async function deleteOldest(db: Kysely<Tables>, { kind, project, rowsMax, bytesMax }: KeptBound): Promise<number> {
  const ofOne = project === undefined ? sql`` : sql`and project = ${project}`;
  const { numAffectedRows } = await sql`
    delete from kept where kind = ${kind} and (project, id) in (
      select project, id from (
        select project, id,
          sum(bytes) over newest as bytes_so_far,
          row_number() over newest as rows_so_far
        from kept where kind = ${kind} ${ofOne}
        window newest as (order by created_ms desc, project desc, id desc)
      ) as aged where bytes_so_far > ${bytesMax} or rows_so_far > ${rowsMax}
    )`.execute(db);
  return Number(numAffectedRows ?? 0);
}
