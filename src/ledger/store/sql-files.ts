import { sql, type Insertable, type Kysely, type Selectable } from "kysely";
import { createKeySealer, type Sealer } from "../../base/seal.ts";
import { openDataKey } from "./data-keys.ts";
import type { FileBound, FileBounds, FileRow, FileStore } from "./file-store.ts";
import { isUnfinished } from "./migrations.ts";
import type { SqlDriver } from "./sql-driver.ts";
import type { Tables } from "./tables.ts";

const keyName = "files";

/** Seals what clients wrote in rows of files and batches. Its key is made when it is first needed. */
export class FileSealer {
  readonly #db: Kysely<Tables>;
  readonly #sealer: Sealer;
  #key: Promise<string> | undefined;

  constructor(db: Kysely<Tables>, sealer: Sealer) {
    this.#db = db;
    this.#sealer = sealer;
  }

  key(): Promise<string> {
    return (this.#key ??= openDataKey(this.#db, this.#sealer, keyName).catch((error: unknown) => {
      this.#key = undefined;
      throw error;
    }));
  }

  async open(): Promise<Sealer> {
    return createKeySealer(await this.key());
  }

  /** To be called when the data key was deleted. */
  forget(): void {
    this.#key = undefined;
  }
}

/** The names of uploaded files, in SQL for all databases. */
export function createSqlFiles(
  db: Kysely<Tables>,
  sealer: FileSealer,
  { driver, machine }: { driver: Pick<SqlDriver, "lock">; machine: string },
): FileStore {
  const decode = (row: Selectable<Tables["files"]>, open: Sealer) => decodeFile(row, open, machine);
  return {
    fileKey: () => sealer.key(),

    async insertFile(file, bounds) {
      const row = encodeFile(file, await sealer.open(), machine);
      return db.transaction().execute(async (tx) => {
        // The write comes first, so that SQLite takes its write lock before anything is counted.
        await tx.insertInto("files").values(row).execute();
        await driver.lock(tx, `files ${file.project}`);
        const bound = await findBound(tx, { ...file, bytes: 0 }, { ...bounds, filesMax: bounds.filesMax + 1 });
        if (bound) await tx.deleteFrom("files").where("id", "=", file.id).execute();
        return bound;
      });
    },

    checkFile: (file, bounds) => findBound(db, file, bounds),

    async findFile({ project, id, nowMs }) {
      const row = await db
        .selectFrom("files")
        .selectAll()
        .where("id", "=", id)
        .where("project", "=", project)
        .where("expires_ms", ">", nowMs)
        .executeTakeFirst();
      return row && decode(row, await sealer.open());
    },

    async listFiles({ project, limit, after, order, purpose, nowMs }) {
      const open = await sealer.open();
      let query = db
        .selectFrom("files")
        .selectAll()
        .where("project", "=", project)
        .where("expires_ms", ">", nowMs)
        .orderBy("id", order)
        .limit(limit);
      if (purpose !== undefined) query = query.where("purpose", "=", purpose);
      if (after !== undefined) query = query.where("id", order === "asc" ? ">" : "<", after);
      return (await query.execute()).map((row) => decode(row, open));
    },

    async deleteFile({ project, id }) {
      const row = await unused(db).where("id", "=", id).where("project", "=", project).executeTakeFirst();
      if (row.numDeletedRows > 0n) return true;
      const left = await db
        .selectFrom("files")
        .select("id")
        .where("id", "=", id)
        .where("project", "=", project)
        .executeTakeFirst();
      return left ? "in use" : false;
    },

    async sweepFiles(nowMs, countMax) {
      const rows = await db
        .selectFrom("files")
        .select("id")
        .where("expires_ms", "<=", nowMs)
        // Each machine deletes the content that it has, and those of one that is gone are forgotten in time.
        .where((on) => on.or([on("machine", "=", machine), on("expires_ms", "<=", nowMs - goneAfterMs)]))
        .limit(countMax)
        .execute();
      const ids = rows.map(({ id }) => id);
      if (ids.length === 0) return [];
      const deleted = await unused(db).where("id", "in", ids).returning("id").execute();
      return deleted.map(({ id }) => id);
    },

    async listFileNames() {
      const rows = await db.selectFrom("files").select(["id", "machine"]).execute();
      const batches = await db
        .selectFrom("batches")
        .select("id")
        .where("machine", "=", machine)
        .where(sql<boolean>`${sql.raw(isUnfinished)}`)
        .execute();
      const [files, elsewhere]: [string[], string[]] = [[], []];
      for (const row of rows) (row.machine === machine ? files : elsewhere).push(row.id);
      return { files, elsewhere, batches: batches.map(({ id }) => id) };
    },

    async forgetFiles(ids) {
      for (let at = 0; at < ids.length; at += idsPerCall)
        await db
          .deleteFrom("files")
          .where("id", "in", ids.slice(at, at + idsPerCall))
          .execute();
    },
  };
}

/** A machine that does not delete what has expired for so long is taken for gone. */
const goneAfterMs = 86_400_000;

/** SQLite takes some ten thousand parameters. */
const idsPerCall = 500;

/** Deletes files that no batch reads which is not done. */
function unused(db: Kysely<Tables>) {
  return db
    .deleteFrom("files")
    .where(
      sql<boolean>`not exists (select 1 from batches where batches.input_file = files.id and ${sql.raw(isUnfinished)})`,
    );
}

async function findBound(
  db: Kysely<Tables>,
  { project, bytes }: Pick<FileRow, "project" | "bytes">,
  { filesMax, bytesMax }: FileBounds,
): Promise<FileBound | undefined> {
  const sum = await db
    .selectFrom("files")
    .select(({ fn }) => [fn.countAll().as("files"), fn.sum("bytes").as("bytes")])
    .where("project", "=", project)
    .executeTakeFirstOrThrow();
  if (Number(sum.files) + 1 > filesMax) return "files";
  return Number(sum.bytes ?? 0) + bytes > bytesMax ? "bytes" : undefined;
}

/** A sealed value cannot be put into another row. */
function contextOf({ id, project }: Pick<FileRow, "id" | "project">): string {
  return JSON.stringify(["file", project, id]);
}

export function encodeFile(file: FileRow, sealer: Sealer, machine: string): Insertable<Tables["files"]> {
  const { createdMs, expiresMs, name, elsewhere: _, ...same } = file;
  return { ...same, machine, name: sealer.seal(name, contextOf(file)), created_ms: createdMs, expires_ms: expiresMs };
}

function decodeFile(row: Selectable<Tables["files"]>, sealer: Sealer, here: string): FileRow {
  const { created_ms, expires_ms, name, bytes, machine, ...same } = row;
  return {
    ...same,
    name: sealer.open(name, contextOf(row)),
    bytes: Number(bytes),
    createdMs: Number(created_ms),
    expiresMs: Number(expires_ms),
    ...(machine !== here && { elsewhere: machine }),
  };
}
