import { stat } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliDecompress, gzip } from "node:zlib";

const statFile = promisify(stat);
const unpack = promisify(brotliDecompress);
const pack = promisify(gzip);

/** How a file is sent: as `accept-encoding` allows. */
export type Coding = "br" | "gzip" | "identity";

export interface AssetBytes {
  bytes: Uint8Array;
  /** Of the bytes. */
  coding: Coding;
}

/**
 * The files of a built console, read when they are first asked for and then held: all together are about 2 MB. What compression makes
 * smaller lies there as `NAME.br`. Compression runs in the platform's threads, so that streams do not wait for it. A build that takes
 * the place of another is noticed.
 */
export class AssetFiles {
  readonly #folder: string;
  #files = new Map<string, Promise<AssetBytes | undefined>>();
  #madeMs: number | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** `path` is relative to the folder, of harmless characters only. Undefined where there is no such file. */
  async read(path: string, coding: Coding): Promise<AssetBytes | undefined> {
    if (!path.startsWith("assets/")) await this.#look();
    const files = this.#files;
    const name = `${coding} ${path}`;
    const known = files.get(name);
    if (known) return known;
    const reading = this.#load(path, coding);
    files.set(name, reading);
    // What is not there is not remembered: names are the client's to choose.
    void reading.then(
      (found) => found ?? files.delete(name),
      () => files.delete(name),
    );
    return reading;
  }

  async #load(path: string, coding: Coding): Promise<AssetBytes | undefined> {
    const packed = await readIfThere(join(this.#folder, `${path}.br`));
    if (packed === undefined) {
      const bytes = await readIfThere(join(this.#folder, path));
      return bytes && { bytes, coding: "identity" };
    }
    if (coding === "br") return { bytes: packed, coding };
    if (coding === "identity") return { bytes: await unpack(packed), coding };
    const plain = await this.read(path, "identity");
    return plain && { bytes: await pack(plain.bytes), coding };
  }

  /** Forgets what it holds where the build is another. */
  async #look(): Promise<void> {
    const madeMs = await statFile(join(this.#folder, "manifest.json")).then(
      ({ mtimeMs }) => mtimeMs,
      () => undefined,
    );
    if (madeMs === this.#madeMs) return;
    this.#madeMs = madeMs;
    this.#files = new Map();
  }
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "EISDIR" || code === "ENOTDIR") return undefined;
    throw error;
  }
}
