import { open, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { SahabError } from "../../base/errors.ts";
import { sealedExtraBytes, type ByteSealer } from "../../base/seal.ts";
import { syncFolder } from "../../base/sync-folder.ts";

/** What is gathered before it is sealed: below 0.1 ms on the thread that serves. */
const gatheredBytes = 64 * 1024;
const readBytes = 256 * 1024;
const lengthBytes = 4;
/** Larger than a whole answer may be; a greater length is damage. */
const pieceBytesMax = 160 * 1024 * 1024;

/** Where a file is, and what it is sealed with. The name is sealed along, so that no file can be put in another's place. */
export interface SealedPlace {
  path: string;
  name: string;
  sealer: ByteSealer;
}

/** A new file of sealed pieces, each behind its length. A piece is there whole or, after a crash, not at all. */
export class SealedWriter {
  readonly #place: SealedPlace;
  readonly #file: FileHandle;
  /** One buffer for all that is gathered: a large file would leave thousands for the collector. */
  #gathered: Buffer | undefined;
  #gatheredBytes = 0;
  #pieces = 0;
  /** Where the next piece goes: one that the disk has refused in the middle is written over. */
  #end = 0;
  /** Of the content. */
  #bytes = 0;

  constructor(place: SealedPlace, file: FileHandle) {
    this.#place = place;
    this.#file = file;
  }

  /** Of the content so far. */
  get bytes(): number {
    return this.#bytes + this.#gatheredBytes;
  }

  /** Adds to the content; to be waited for. Undefined where nothing is written. */
  add(bytes: Uint8Array): Promise<void> | undefined {
    const room = gatheredBytes - this.#gatheredBytes;
    if (bytes.length >= room) return this.#addLarge(bytes);
    this.#gather(bytes);
    return undefined;
  }

  async #addLarge(bytes: Uint8Array): Promise<void> {
    let at = 0;
    while (bytes.length - at >= gatheredBytes - this.#gatheredBytes) {
      const end = at + gatheredBytes - this.#gatheredBytes;
      if (this.#gatheredBytes === 0) await this.writePiece(bytes.subarray(at, end));
      else {
        this.#gather(bytes.subarray(at, end));
        await this.#flush();
      }
      at = end;
    }
    this.#gather(bytes.subarray(at));
  }

  #gather(bytes: Uint8Array): void {
    this.#gathered ??= Buffer.allocUnsafe(gatheredBytes);
    this.#gathered.set(bytes, this.#gatheredBytes);
    this.#gatheredBytes += bytes.length;
  }

  /** Writes a piece by itself. Throws `disk_full`; the same piece can then be tried again. */
  async writePiece(bytes: Uint8Array): Promise<void> {
    const sealed = this.#place.sealer.seal(bytes, contextOf(this.#place, this.#pieces));
    const length = Buffer.allocUnsafe(lengthBytes);
    length.writeUInt32BE(sealed.length);
    try {
      await this.#write(sealed, this.#end + lengthBytes);
      // Last, so that a piece that the disk has refused in the middle is none.
      await this.#write(length, this.#end);
    } catch (cause) {
      throw toDiskError(cause);
    }
    this.#end += lengthBytes + sealed.length;
    this.#pieces++;
    this.#bytes += bytes.length;
  }

  /** All of it is on the disk when this resolves. */
  async finish(): Promise<void> {
    if (this.#gatheredBytes > 0) await this.#flush();
    try {
      await this.#file.sync();
      syncFolder(dirname(this.#place.path));
    } catch (cause) {
      throw toDiskError(cause);
    }
    await this.#file.close();
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** Removes it. */
  async abandon(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await rm(this.#place.path, { force: true });
  }

  async #write(bytes: Buffer, position: number): Promise<void> {
    for (let at = 0; at < bytes.length;)
      at += (await this.#file.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
  }

  async #flush(): Promise<void> {
    const bytes = this.#gathered?.subarray(0, this.#gatheredBytes) ?? Buffer.alloc(0);
    await this.writePiece(bytes);
    this.#gatheredBytes = 0;
  }
}

/** Throws `disk_full`, or `internal_error` where there is such a file. */
export async function createSealed(place: SealedPlace): Promise<SealedWriter> {
  try {
    return new SealedWriter(place, await open(place.path, "wx", 0o600));
  } catch (cause) {
    throw toDiskError(cause);
  }
}

/**
 * The pieces of a file, up to the first that is not whole. Throws for a piece that was changed, unless a crash may have left the file:
 * then it ends there; and where there is no file.
 */
export async function* readSealed(place: SealedPlace, options: { mayBeTorn: boolean }): AsyncGenerator<Buffer> {
  const file = await open(place.path, "r");
  // One room for all that is read, since what is opened is a copy: a large file would leave thousands for the collector.
  let room = Buffer.allocUnsafeSlow(readBytes);
  let held = room.subarray(0, 0);
  const fill = async (bytes: number): Promise<boolean> => {
    if (held.length >= bytes) return true;
    if (room.length < bytes) room = Buffer.allocUnsafeSlow(bytes);
    room.set(held);
    let length = held.length;
    while (length < bytes) {
      const { bytesRead } = await file.read(room, length, room.length - length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    held = room.subarray(0, length);
    return length >= bytes;
  };
  try {
    for (let piece = 0; await fill(lengthBytes); piece++) {
      const length = held.readUInt32BE();
      if (length > pieceBytesMax || !(await fill(lengthBytes + length))) return;
      let opened: Buffer;
      try {
        opened = place.sealer.open(held.subarray(lengthBytes, lengthBytes + length), contextOf(place, piece));
      } catch (error) {
        if (options.mayBeTorn) return;
        throw error;
      }
      held = held.subarray(lengthBytes + length);
      yield opened;
    }
  } finally {
    await file.close();
  }
}

/** A finished file of which any part can be read. What is read one after the other is opened once. */
export class SealedReader {
  readonly #place: SealedPlace;
  readonly #file: FileHandle;
  /** Of each piece: where it is, and the content's bytes before its end. */
  readonly #pieces: { position: number; length: number; end: number }[] = [];
  #held: { piece: number; bytes: Buffer } | undefined;

  private constructor(place: SealedPlace, file: FileHandle) {
    this.#place = place;
    this.#file = file;
  }

  static async open(place: SealedPlace): Promise<SealedReader> {
    const reader = new SealedReader(place, await open(place.path, "r"));
    try {
      await reader.#findPieces();
      return reader;
    } catch (error) {
      await reader.close();
      throw error;
    }
  }

  /** Throws where it ends before, or was changed. */
  async read(start: number, length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let piece = this.#pieceAt(start), left = length, at = start; left > 0; piece++) {
      const bytes = await this.#open(piece);
      const from = at - ((this.#pieces[piece]?.end ?? 0) - bytes.length);
      const part = bytes.subarray(from, from + left);
      parts.push(part);
      at += part.length;
      left -= part.length;
    }
    const [only] = parts;
    return parts.length === 1 && only ? only : Buffer.concat(parts);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #findPieces(): Promise<void> {
    const head = Buffer.alloc(lengthBytes);
    for (let position = 0, end = 0; ;) {
      const { bytesRead } = await this.#file.read(head, 0, lengthBytes, position);
      const length = head.readUInt32BE();
      if (bytesRead < lengthBytes || length < sealedExtraBytes || length > pieceBytesMax) return;
      end += length - sealedExtraBytes;
      this.#pieces.push({ position: position + lengthBytes, length, end });
      position += lengthBytes + length;
    }
  }

  #pieceAt(start: number): number {
    let [low, high] = [0, this.#pieces.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#pieces[middle]?.end ?? 0) <= start) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  async #open(piece: number): Promise<Buffer> {
    if (this.#held?.piece === piece) return this.#held.bytes;
    const found = this.#pieces[piece];
    if (!found) throw new Error(`the content of ${this.#place.name} is shorter than it was`);
    const sealed = Buffer.allocUnsafe(found.length);
    const { bytesRead } = await this.#file.read(sealed, 0, found.length, found.position);
    const bytes = this.#place.sealer.open(sealed.subarray(0, bytesRead), contextOf(this.#place, piece));
    this.#held = { piece, bytes };
    return bytes;
  }
}

function contextOf({ name }: SealedPlace, piece: number): string {
  return JSON.stringify(["content", name, piece]);
}

function toDiskError(cause: unknown): SahabError {
  const { code } = cause as { code?: string };
  if (code === "ENOSPC" || code === "EDQUOT")
    return new SahabError("disk_full", "The file cannot be kept: Sahab's disk is full", { cause });
  return new SahabError("internal_error", "Internal error; the log has its cause", { cause });
}
