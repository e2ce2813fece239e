import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { SahabError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { createByteSealer, type ByteSealer } from "../../base/seal.ts";
import { Shares, type Tenant } from "../../base/shares.ts";
import type { FileBounds, FileRow, Store } from "../../ledger/index.ts";
import { createSealed, readSealed, SealedReader, type SealedPlace, type SealedWriter } from "./sealed-file.ts";

/** OpenAI's bound for a batch's input. */
export const fileBytesMax = 200 * 1024 * 1024;
const perProject: FileBounds = { filesMax: 10_000, bytesMax: 10 * 1024 ** 3 };
/** Files that are coming in at once; each holds a piece of 64 KiB. */
const uploadsMax = 64;
export const fileDaysUsual = 30;
const sweptAtOnce = 500;

type FilesStore = Pick<
  Store,
  "fileKey" | "insertFile" | "checkFile" | "findFile" | "listFiles" | "deleteFile" | "sweepFiles"
>;

interface ShelfDeps {
  store: FilesStore;
  clock: Clock;
  log: Log;
}

/** Files of clients: what the store knows of them, and their content in a folder. */
export class FileShelf {
  readonly #deps: ShelfDeps;
  readonly #dir: string;
  readonly #bounds: FileBounds;
  readonly #uploads = new Shares(uploadsMax);
  #sealer: Promise<ByteSealer> | undefined;

  constructor(deps: ShelfDeps, options: { dir: string; bounds?: FileBounds }) {
    this.#deps = deps;
    this.#dir = options.dir;
    this.#bounds = options.bounds ?? perProject;
  }

  /** Where the content is. */
  get dir(): string {
    return this.#dir;
  }

  /** Takes a place for an upload, to be given back. Throws where the project has all that it may. */
  async beginUpload(tenant: Tenant): Promise<() => void> {
    if (this.#uploads.take(tenant, 1) !== undefined)
      throw new SahabError("rate_limit_exceeded", "As many files are being uploaded as may; try again shortly", {
        retryAfterS: 1,
      });
    const end = () => this.#uploads.release(tenant, 1);
    try {
      await this.#refuseBeyond({ project: tenant.project, bytes: 1 });
      return end;
    } catch (error) {
      end();
      throw error;
    }
  }

  /** A new file's content; `name` is its id, or what else it is. */
  async write(name: string): Promise<SealedWriter> {
    return createSealed(await this.#place(name));
  }

  /** Makes a written file known. Throws where its project has more then than it may. */
  async keep(row: FileRow): Promise<void> {
    const bound = await this.#deps.store.insertFile(row, this.#bounds);
    if (bound) throw this.#beyond(row.project, bound);
  }

  /** Throws `not_found`. */
  async find(project: string, id: string): Promise<FileRow> {
    const row = await this.#deps.store.findFile({ project, id, nowMs: this.#deps.clock.now() });
    if (row) return row;
    throw new SahabError("not_found", `No file "${id.slice(0, 100)}" is kept for this project`);
  }

  /** A file whose content is on this machine. Throws `not_found`, or `conflict` where another machine has it. */
  async findHere(project: string, id: string): Promise<FileRow> {
    const row = await this.find(project, id);
    if (row.elsewhere === undefined) return row;
    throw new SahabError(
      "conflict",
      `The content of file "${id}" is on another machine, ${row.elsewhere}; send the request there, or upload the file again`,
    );
  }

  list(page: {
    project: string;
    limit: number;
    after: string | undefined;
    order: "asc" | "desc";
    purpose?: string | undefined;
  }) {
    const { purpose } = page;
    return this.#deps.store.listFiles({ ...page, purpose, nowMs: this.#deps.clock.now() });
  }

  /** Throws `not_found`, or `conflict` where a batch reads it. */
  async delete(project: string, id: string): Promise<void> {
    const deleted = await this.#deps.store.deleteFile({ project, id });
    if (deleted === "in use")
      throw new SahabError("conflict", `File "${id}" is the input of a batch that is not done; cancel the batch first`);
    if (!deleted) throw new SahabError("not_found", `No file "${id.slice(0, 100)}" is kept for this project`);
    await this.remove(id);
  }

  /** The content in pieces. Throws in the end where some of it is missing. */
  async *read({ id, bytes }: Pick<FileRow, "id" | "bytes">): AsyncGenerator<Buffer> {
    let left = bytes;
    for await (const piece of readSealed(await this.#place(id), { mayBeTorn: false })) {
      left -= piece.length;
      yield piece;
    }
    if (left !== 0) throw new Error(`the content of ${id} is ${left} bytes short`);
  }

  /** The content for reading any part of it; to be closed. */
  async open(id: string): Promise<SealedReader> {
    return SealedReader.open(await this.#place(id));
  }

  /** The pieces of what was written under a name and perhaps never finished, up to the first that is not whole. */
  async *pieces(name: string): AsyncGenerator<Buffer> {
    yield* readSealed(await this.#place(name), { mayBeTorn: true });
  }

  remove(name: string): Promise<void> {
    return rm(join(this.#dir, name), { force: true });
  }

  /** What was written under the name of a batch, with a part behind it. */
  async namesOf(batch: string): Promise<string[]> {
    return (await readdir(this.#dir)).filter((name) => name.startsWith(`${batch}.`));
  }

  /** Deletes what has expired. */
  async sweep(): Promise<void> {
    for (;;) {
      const ids = await this.#deps.store.sweepFiles(this.#deps.clock.now(), sweptAtOnce);
      for (const id of ids) await this.remove(id);
      if (ids.length < sweptAtOnce) return;
    }
  }

  async #place(name: string): Promise<SealedPlace> {
    this.#sealer ??= this.#deps.store.fileKey().then(createByteSealer);
    this.#sealer.catch(() => (this.#sealer = undefined));
    return { path: join(this.#dir, name), name, sealer: await this.#sealer };
  }

  async #refuseBeyond(file: Pick<FileRow, "project" | "bytes">): Promise<void> {
    const bound = await this.#deps.store.checkFile(file, this.#bounds);
    if (bound) throw this.#beyond(file.project, bound);
  }

  #beyond(project: string, bound: "files" | "bytes"): SahabError {
    const allowed = bound === "files" ? `${this.#bounds.filesMax} files` : `${this.#bounds.bytesMax} bytes of files`;
    const message = `Project ${project} may keep ${allowed}; delete some of them first`;
    // Clients send a request again after 429, of which nothing gets better.
    return new SahabError("invalid_request", message, { param: "file" });
  }
}

/** Makes folder and store agree: removes what a crash has left, and forgets files whose content is lost. To be called before anybody serves. */
export async function cleanFiles(
  store: Pick<Store, "listFileNames" | "forgetFiles">,
  dir: string,
): Promise<{ removed: number; lost: number }> {
  const { files, elsewhere, batches } = await store.listFileNames();
  const known = new Set([...files, ...elsewhere]);
  const open = new Set(batches);
  const there = new Set(await readdir(dir));
  let removed = 0;
  for (const name of there) {
    const [batch = ""] = name.split(".");
    if (known.has(name) || (name !== batch && open.has(batch))) continue;
    await rm(join(dir, name), { force: true });
    removed++;
  }
  const lost = files.filter((id) => !there.has(id));
  await store.forgetFiles(lost);
  return { removed, lost: lost.length };
}
