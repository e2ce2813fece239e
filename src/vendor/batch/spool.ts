import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { open, unlink, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

const cipher = "aes-256-ctr";
/** Written, and read, at a time. */
const pieceBytes = 64 * 1024;

/**
 * Bytes on their way to a vendor, in a file, since a batch may have more of them than the memory has room for. The file has no
 * name and is enciphered with a key that only this object knows, so that nothing of a prompt stays on the disk. It can be read several times.
 */
export class Spool {
  readonly #file: FileHandle;
  readonly #key = randomBytes(32);
  readonly #start = randomBytes(16);
  readonly #cipher = createCipheriv(cipher, this.#key, this.#start);
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #writtenBytes = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async open(folder: string): Promise<Spool> {
    const path = join(folder, `spool-${randomBytes(8).toString("hex")}`);
    const file = await open(path, "wx+", 0o600);
    await unlink(path);
    return new Spool(file);
  }

  get bytes(): number {
    return this.#writtenBytes + this.#pendingBytes;
  }

  /** Undefined where it need not be waited for. */
  append(pieces: readonly (Uint8Array | string)[]): Promise<void> | undefined {
    for (const piece of pieces) {
      const bytes = typeof piece === "string" ? Buffer.from(piece) : piece;
      this.#pending.push(bytes);
      this.#pendingBytes += bytes.length;
    }
    return this.#pendingBytes >= pieceBytes ? this.#write() : undefined;
  }

  /** All of its bytes, from the beginning. */
  async *read(): AsyncGenerator<Uint8Array> {
    if (this.#pendingBytes > 0) await this.#write();
    const decipher = createDecipheriv(cipher, this.#key, this.#start);
    for (let at = 0; at < this.#writtenBytes;) {
      const piece = Buffer.allocUnsafe(Math.min(pieceBytes, this.#writtenBytes - at));
      const { bytesRead } = await this.#file.read(piece, 0, piece.length, at);
      if (bytesRead === 0) throw new Error("a spooled file is shorter than what was written to it");
      at += bytesRead;
      yield decipher.update(piece.subarray(0, bytesRead));
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #write(): Promise<void> {
    const bytes = this.#cipher.update(Buffer.concat(this.#pending));
    this.#pending = [];
    this.#pendingBytes = 0;
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at, this.#writtenBytes);
      at += bytesWritten;
      this.#writtenBytes += bytesWritten;
    }
  }
}
