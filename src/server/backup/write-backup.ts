import { Database } from "bun:sqlite";
import { createWriteStream, existsSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { packTar, type TarSource } from "modern-tar/fs";
import { describeDatabase, type DatabaseAddress } from "../../base/database-address.ts";
import { readMasterKeys, type MasterKeyPlace } from "../../base/master-key.ts";
import { createSealer } from "../../base/seal.ts";
import { syncFolder } from "../../base/sync-folder.ts";
import { openSqliteStore, openStore, wholeScope } from "../../ledger/index.ts";
import { dataFolder, StartError } from "../data-folder.ts";
import { version } from "../version.ts";
import { createEncrypter, type BackupLock } from "./backup-key.ts";
import { manifestName, type Manifest } from "./manifest.ts";

export interface BackupOptions {
  /** The data folder; a Sahab may be at work on it. */
  dataDir: string;
  /** Where the backup goes; must not exist. */
  file: string;
  lock: BackupLock;
  /** Files of models are large and can be had again, so they are left out unless asked for. */
  withModels: boolean;
  masterKey: MasterKeyPlace;
  /** Where the database is not in the data folder. */
  database: DatabaseAddress | undefined;
  /** Instead of that in the folder. */
  adminKey: string | undefined;
  onBytes?: ((bytes: number) => void) | undefined;
}

/**
 * Writes an encrypted backup of a data folder, whether a Sahab runs on it or not. It holds every record that existed when it began:
 * the journal is copied first and the database afterwards, and a record leaves the journal only when the database has it.
 * Records that are in both have the same id, and count once. Throws StartErrors.
 */
export async function writeBackup(options: BackupOptions): Promise<Manifest> {
  const folder = dataFolder(options.dataDir);
  if (!existsSync(options.database ? folder.path : folder.database))
    throw new StartError(
      `Cannot back up ${folder.path}: there is no ${options.database ? "such folder" : "database in it"}; name the folder with SAHAB_DATA`,
    );
  const target = resolve(options.file);
  if (existsSync(target)) throw new StartError(`Cannot write ${target}: it exists; name another file, or remove it`);
  const encrypter = openLock(options.lock);
  // In the data folder, whose disk is large enough for a database.
  const staging = await mkdtemp(join(folder.path, "backup-"));
  try {
    const journalFiles = await copyJournal(folder.journalDir, join(staging, "journal"));
    const copy = join(staging, "sahab.db");
    const { masterKey, ...counts } = await (options.database
      ? copyShared(options.database, copy, options.masterKey)
      : copyDatabase(folder.database, copy, options.masterKey));
    // After the database: of two keys between which a rotation falls, the later one.
    const adminKey = options.adminKey ?? (await readAdminKey(folder.adminKeyFile));
    const hasCatalog = await copyIfThere(folder.catalogFile, join(staging, "catalog.json"));
    const models = await listModels(folder.modelsDir);
    const manifest: Manifest = {
      format: 1,
      version,
      createdAt: new Date().toISOString(),
      ...counts,
      journalFiles: journalFiles.length,
      models,
      hasModels: options.withModels,
      ...(options.database && { sharedDatabase: describeDatabase(options.database) }),
    };
    const text = (target: string, content: string): TarSource => ({ type: "content", target, content, mode: 0o600 });
    const sources: TarSource[] = [
      text(manifestName, `${JSON.stringify(manifest, null, 2)}\n`),
      text("master.key", `${masterKey}\n`),
      text("admin.key", `${adminKey}\n`),
      { type: "file", source: join(staging, "sahab.db"), target: "sahab.db", mode: 0o600 },
      ...[...(hasCatalog ? ["catalog.json"] : []), ...journalFiles.map((name) => `journal/${name}`)].map(
        (name): TarSource => ({ type: "file", source: join(staging, name), target: name, mode: 0o600 }),
      ),
      ...(options.withModels ? models : []).map(({ file }): TarSource => ({
        type: "file",
        source: join(folder.modelsDir, file),
        target: `models/${file}`,
        mode: 0o600,
      })),
    ];
    await writeArchive(sources, encrypter, target, options.onBytes);
    return manifest;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

function openLock(lock: BackupLock) {
  try {
    return createEncrypter(lock);
  } catch (cause) {
    throw new StartError(`Cannot encrypt: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

async function readAdminKey(file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (cause) {
    throw new StartError(`Cannot read ${file}; where the server gets the key from SAHAB_ADMIN_KEY, set it here, too`, {
      cause,
    });
  }
}

/** The names of what was copied, with their folders. A segment that goes while this runs is in the database already. */
async function copyJournal(from: string, to: string): Promise<string[]> {
  const names = (await readdir(from, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(from.length + 1));
  const copied: string[] = [];
  for (const name of names) {
    await mkdir(dirname(join(to, name)), { recursive: true });
    if (await copyIfThere(join(from, name), join(to, name))) copied.push(name);
  }
  return copied;
}

/** Whether there was a file to copy. */
async function copyIfThere(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to);
    return true;
  } catch (cause) {
    if ((cause as { code?: string }).code !== "ENOENT") throw cause;
    return false;
  }
}

/**
 * The database as of one moment, while others write to it, and the master key that opens its secrets, without which the backup would
 * be of no use. While the master key is changed, it may be the one before or the one after.
 */
async function copyDatabase(from: string, to: string, place: MasterKeyPlace) {
  const before = readMasterKeys(place);
  const source = new Database(from, { readwrite: true, create: false });
  try {
    source.run("PRAGMA busy_timeout = 10000");
    source.run("VACUUM INTO ?", [to]);
  } catch (cause) {
    throw new StartError(`Cannot copy the database ${from}: ${(cause as Error).message}`, { cause });
  } finally {
    source.close();
  }
  await chmod(to, 0o600);
  const keys = new Set([...readMasterKeys(place), ...before]);
  return withMasterKey(keys, place, async (masterKey) => ({ masterKey, ...(await countWhatIsThere(to, masterKey)) }));
}

/**
 * Configuration, keys and secrets of a database that machines share, as a database of SQLite. All else has tools of its own there, which take
 * it at one moment.
 */
async function copyShared(database: DatabaseAddress, to: string, place: MasterKeyPlace) {
  return withMasterKey(new Set(readMasterKeys(place)), place, async (masterKey) => {
    const from = await openStore({ postgres: database, machine: "backup", masterKey });
    const copy = await openSqliteStore(to, createSealer(masterKey));
    try {
      await copy.writeResources(await from.readResources(), 1);
      for (const key of await from.listKeys(wholeScope)) await copy.insertKey(key);
    } finally {
      await copy.close();
      await from.close();
    }
    await chmod(to, 0o600);
    return { masterKey, ...(await countWhatIsThere(to, masterKey)) };
  }).catch((cause: unknown) => {
    throw new StartError(cause instanceof Error ? cause.message : String(cause), { cause });
  });
}

/** The outcome with the first key that opens what is there. */
async function withMasterKey<T>(
  keys: ReadonlySet<string>,
  place: MasterKeyPlace,
  open: (masterKey: string) => Promise<T>,
): Promise<T> {
  let failure: unknown = new StartError(
    `There is no master key${"file" in place ? ` in ${place.file}` : ""}; where the server gets it from SAHAB_MASTER_KEY, set it here, too`,
  );
  for (const masterKey of keys) {
    try {
      return await open(masterKey);
    } catch (cause) {
      failure = cause;
    }
  }
  throw failure;
}

/** Opens a copied database as a start would. Throws where it is damaged, or the master key does not open its secrets. */
export async function countWhatIsThere(
  path: string,
  masterKey: string,
): Promise<Pick<Manifest, "usageRecords" | "keys" | "resources">> {
  let store;
  try {
    store = await openSqliteStore(path, createSealer(masterKey));
    const resources = (await store.readResources()).length;
    const keys = (await store.listKeys(wholeScope)).length;
    await store.close();
    const database = new Database(path, { readwrite: true, create: false });
    try {
      const check = database.query<{ integrity_check: string }, []>("PRAGMA integrity_check(1)").get();
      if (check?.integrity_check !== "ok") throw new Error(`the database is damaged: ${check?.integrity_check}`);
      const usage = database.query<{ count: number }, []>("SELECT count(*) AS count FROM usage").get();
      // Without a log in a second file.
      database.run("PRAGMA journal_mode = DELETE");
      return { usageRecords: usage?.count ?? 0, keys, resources };
    } finally {
      database.close();
    }
  } catch (cause) {
    await store?.close();
    throw new StartError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

async function listModels(dir: string): Promise<Manifest["models"]> {
  const entries = await readdir(dir, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith(".gguf"));
  return Promise.all(files.map(async ({ name }) => ({ file: name, bytes: (await stat(join(dir, name))).size })));
}

/** The file gets its name only when it is complete and on the disk. */
async function writeArchive(
  sources: TarSource[],
  encrypter: ReturnType<typeof createEncrypter>,
  target: string,
  onBytes: ((bytes: number) => void) | undefined,
): Promise<void> {
  const partial = `${target}.partial`;
  let written = 0;
  const count = new Transform({
    transform(chunk: Uint8Array, _, done) {
      onBytes?.((written += chunk.length));
      done(undefined, chunk);
    },
  });
  try {
    const plain = Readable.toWeb(packTar(sources)) as unknown as ReadableStream<Uint8Array>;
    const sealed = await encrypter.encrypt(plain);
    await pipeline(
      Readable.fromWeb(sealed as unknown as Parameters<typeof Readable.fromWeb>[0]),
      count,
      createWriteStream(partial, { mode: 0o600, flags: "wx" }),
    );
    const file = await open(partial, "r+");
    await file.sync();
    await file.close();
    await rename(partial, target);
    syncFolder(dirname(target));
  } catch (cause) {
    const { code } = cause as { code?: string };
    if (code === "EEXIST")
      throw new StartError(`Cannot write ${partial}: it exists; is another backup under way? Remove it otherwise`, {
        cause,
      });
    await rm(partial, { force: true });
    if (code === "ENOSPC" || code === "EDQUOT")
      throw new StartError(`Cannot write ${target}: the disk is full; make room, or name a file on another disk`, {
        cause,
      });
    if (code === "ENOENT" || code === "EACCES" || code === "ENOTDIR")
      throw new StartError(`Cannot write ${target}: ${code}; name a file in a folder that exists and is yours`, {
        cause,
      });
    throw cause;
  }
}
