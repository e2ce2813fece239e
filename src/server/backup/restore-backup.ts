import { createReadStream, existsSync, readdirSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { unpackTar } from "modern-tar/fs";
import { syncFolder } from "../../base/sync-folder.ts";
import { dataFolder, StartError } from "../data-folder.ts";
import { createDecrypter, type BackupKey } from "./backup-key.ts";
import { archivedName, manifestName, manifestSchema, type Manifest } from "./manifest.ts";
import { countWhatIsThere } from "./write-backup.ts";

export interface RestoreOptions {
  file: string;
  /** The new data folder: it does not exist, or is empty. */
  dataDir: string;
  key: BackupKey;
  onBytes?: ((bytes: number) => void) | undefined;
}

/**
 * Makes a data folder from a backup. The folder gets its name only when it is complete, opens, and holds as many records as the
 * backup says; so a backup that is cut or changed leaves nothing. Throws StartErrors.
 */
export async function restoreBackup(options: RestoreOptions): Promise<Manifest> {
  const target = resolve(options.dataDir);
  if (existsSync(target) && readdirSync(target).length > 0)
    throw new StartError(
      `Cannot restore into ${target}: it is not empty. Name another folder with SAHAB_DATA, or move this one away`,
    );
  await mkdir(dirname(target), { recursive: true });
  const staging = await mkdtemp(join(dirname(target), `${basename(target)}.restore-`));
  try {
    await chmod(staging, 0o700);
    await unpack(options, staging);
    const manifest = await readManifest(staging, options.file);
    await check(staging, manifest);
    for (const dir of ["journal", "models", "run"]) await mkdir(join(staging, dir), { recursive: true, mode: 0o700 });
    await rm(join(staging, manifestName));
    if (existsSync(target)) await rmdir(target);
    await rename(staging, target);
    syncFolder(dirname(target));
    return manifest;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function unpack({ file, key, onBytes }: RestoreOptions, staging: string): Promise<void> {
  if (!existsSync(file)) throw new StartError(`Cannot read ${file}: there is no such file`);
  const decrypter = openKey(key);
  let read = 0;
  const count = new Transform({
    transform(chunk: Uint8Array, _, done) {
      onBytes?.((read += chunk.length));
      done(undefined, chunk);
    },
  });
  let strange: string | undefined;
  try {
    const sealed = Readable.toWeb(createReadStream(file).pipe(count)) as unknown as ReadableStream<Uint8Array>;
    const plain = await decrypter.decrypt(sealed);
    await pipeline(
      Readable.fromWeb(plain as unknown as Parameters<typeof Readable.fromWeb>[0]),
      unpackTar(staging, {
        fmode: 0o600,
        dmode: 0o700,
        filter({ name, type }) {
          const isOurs = type === "file" && archivedName.test(name) && !name.includes("..");
          if (!isOurs) strange ??= name;
          return isOurs;
        },
      }),
    );
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const hint = /identity|passphrase|match/i.test(reason)
      ? "the passphrase or key does not open it"
      : `it is not a whole backup of Sahab (${reason})`;
    throw new StartError(`Cannot restore from ${file}: ${hint}`, { cause });
  }
  if (strange !== undefined)
    throw new StartError(
      `Cannot restore from ${file}: it holds ${JSON.stringify(strange)}, which no backup of Sahab does`,
    );
}

function openKey(key: BackupKey): ReturnType<typeof createDecrypter> {
  try {
    return createDecrypter(key);
  } catch (cause) {
    throw new StartError(`Cannot restore: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

async function readManifest(staging: string, file: string): Promise<Manifest> {
  try {
    return manifestSchema.parse(JSON.parse(await readFile(join(staging, manifestName), "utf8")));
  } catch (cause) {
    throw new StartError(
      `Cannot restore from ${file}: its manifest is missing or of another version; a newer Sahab may be able to`,
      { cause },
    );
  }
}

async function check(staging: string, manifest: Manifest): Promise<void> {
  const folder = dataFolder(staging);
  const masterKey = (await readFile(join(staging, "master.key"), "utf8")).trim();
  const found = await countWhatIsThere(folder.database, masterKey);
  for (const what of ["usageRecords", "keys", "resources"] as const)
    if (found[what] !== manifest[what])
      throw new StartError(
        `Cannot restore: the backup says that it holds ${manifest[what]} ${what}, and ${found[what]} were found`,
      );
}
