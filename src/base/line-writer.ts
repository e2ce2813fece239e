import { fstatSync, write, writeSync } from "node:fs";

/** Lines wait at most so long for others to be written with. */
const gatherMs = 100;
/** Most bytes of one write; from so many on they are written at once. */
const pieceBytesUsual = 64 * 1024;
/** A write to a pipe of at most so many bytes is never mixed with another process's (POSIX, PIPE_BUF on Linux). */
const pieceBytesShared = 4096;
/** What waits while the reader of the descriptor reads nothing: about 2,000 lines of requests. Beyond it lines are dropped. */
const waitingBytesMax = 1024 * 1024;
/** How long a descriptor that takes nothing now (EAGAIN) is left alone. */
const againMs = 20;
/** A write that has been under way for longer than this is one that nobody reads. */
const stalledMs = 200;

export interface LineWriterOptions {
  /** Several processes write to the descriptor, so that no write may be mixed with another's. */
  isShared?: boolean;
  /** For tests: how much may wait. */
  waitingBytesMax?: number;
  /** The line that says that so many were dropped, with its line feed. */
  describeDropped?: (count: number) => string;
}

/** Whole lines that are written at once. */
interface Piece {
  bytes: Buffer;
  /** How much of the buffer is used. */
  length: number;
  lines: number;
}

/**
 * Writes whole lines to a descriptor and never waits for it: lines are gathered, and one write at a time is under way in a thread
 * of the runtime. Where nobody reads, a bounded number of lines waits; what comes after them is dropped, counted and told once there is room.
 *
 * Lines are copied into a buffer as they come, so that no string lives until it is written. A line takes 1.2 µs of processor time in all, its
 * making included, and 1.4 µs where strings were joined first.
 */
export class LineWriter {
  readonly #descriptor: number;
  readonly #pieceBytes: number;
  readonly #waitingBytesMax: number;
  readonly #describeDropped: (count: number) => string;
  /** Pieces that are full and wait. */
  #full: Piece[] = [];
  /** Takes the next lines. */
  #open: Piece | undefined;
  #spare: Piece | undefined;
  /** Of `#full` and `#open`. */
  #waitingBytes = 0;
  #timer: Timer | undefined;
  /** The next turn of the event loop writes. */
  #isDue = false;
  #isAtExit = false;
  /** What is being written, and from where on. */
  #writing: Piece | undefined;
  #writingAt = 0;
  /** When the write that is under way began, monotonic. */
  #writingSinceMs = 0;
  #dropped = 0;
  #untold = 0;
  #idle: (() => void)[] = [];

  constructor(descriptor: number, options: LineWriterOptions = {}) {
    this.#descriptor = descriptor;
    this.#waitingBytesMax = options.waitingBytesMax ?? waitingBytesMax;
    this.#describeDropped = options.describeDropped ?? ((count) => `${count} lines of the log were dropped\n`);
    this.#pieceBytes = options.isShared && isStream(descriptor) ? pieceBytesShared : pieceBytesUsual;
  }

  /** Lines that were dropped since the start. */
  get droppedCount(): number {
    return this.#dropped;
  }

  /** Takes a line with its line feed. It is written within 100 ms; at once, in a later turn of the event loop, where it is urgent. */
  add(line: string, isUrgent = false): void {
    // One character may take three bytes.
    if (this.#waitingBytes + line.length * 3 > this.#waitingBytesMax) {
      this.#dropped++;
      this.#untold++;
      return;
    }
    this.#gather(line);
    if (!this.#isAtExit) {
      this.#isAtExit = true;
      // What is left when the process ends: nothing else runs then, so it is written at once.
      process.on("exit", () => this.#flushAtExit());
    }
    if (this.#writing || this.#isDue) return;
    if (isUrgent || this.#full.length > 0) {
      this.#isDue = true;
      setImmediate(() => this.#write());
    } else this.#timer ??= this.#later(gatherMs);
  }

  /** Resolves when all has been written, or after the time at the latest. */
  async flush(withinMs: number): Promise<void> {
    if (this.#waitingBytes === 0 && !this.#writing) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle.push(resolve);
    const timer = setTimeout(resolve, withinMs);
    if (!this.#writing) this.#write();
    await promise;
    clearTimeout(timer);
  }

  #gather(line: string): void {
    const bytesMax = line.length * 3;
    if (this.#open && this.#open.length + bytesMax > this.#open.bytes.length) {
      this.#full.push(this.#open);
      this.#open = undefined;
    }
    const piece = (this.#open ??= this.#openPiece(bytesMax));
    const bytes = piece.bytes.write(line, piece.length);
    piece.length += bytes;
    piece.lines++;
    this.#waitingBytes += bytes;
  }

  #openPiece(bytesMin: number): Piece {
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare && spare.bytes.length >= bytesMin) return spare;
    return { bytes: Buffer.allocUnsafeSlow(Math.max(this.#pieceBytes, bytesMin)), length: 0, lines: 0 };
  }

  #later(ms: number): Timer {
    const timer = setTimeout(() => this.#write(), ms);
    timer.unref();
    return timer;
  }

  /** Begins the next write. */
  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = false;
    if (this.#writing) return;
    this.#writing = this.#take();
    if (!this.#writing) {
      for (const resolve of this.#idle.splice(0)) resolve();
      return;
    }
    this.#writingAt = 0;
    this.#writeRest(this.#writing);
  }

  #take(): Piece | undefined {
    const piece = this.#full.shift() ?? this.#open;
    if (!piece) return undefined;
    if (piece === this.#open) this.#open = undefined;
    this.#waitingBytes -= piece.length;
    if (this.#untold > 0) {
      this.#gather(this.#describeDropped(this.#untold));
      this.#untold = 0;
    }
    return piece;
  }

  #writeRest(piece: Piece): void {
    this.#writingSinceMs = performance.now();
    const { bytes, length } = piece;
    write(this.#descriptor, bytes, this.#writingAt, length - this.#writingAt, null, (error, written) => {
      if (error && error.code !== "EAGAIN" && error.code !== "EINTR") return this.#giveUp(piece);
      this.#writingAt += error ? 0 : written;
      if (this.#writingAt >= length) {
        this.#writing = undefined;
        if (bytes.length === this.#pieceBytes) this.#spare = { bytes, length: 0, lines: 0 };
        this.#write();
      } else if (error || written === 0) setTimeout(() => this.#writeRest(piece), againMs).unref();
      else this.#writeRest(piece);
    });
  }

  /** The descriptor is closed or broken: its lines are lost, and those that come later are tried again. */
  #giveUp({ lines }: Piece): void {
    this.#dropped += lines;
    this.#writing = undefined;
    if (this.#waitingBytes > 0) this.#timer ??= this.#later(gatherMs);
    else for (const resolve of this.#idle.splice(0)) resolve();
  }

  #flushAtExit(): void {
    // A reader that has stopped would hold up the end of the process for ever.
    if (this.#writing && performance.now() - this.#writingSinceMs > stalledMs) return;
    try {
      for (let piece = this.#take(); piece; piece = this.#take()) writeAllSync(this.#descriptor, piece);
    } catch {
      // The descriptor is closed, and there is no other place to say so.
    }
  }
}

function writeAllSync(descriptor: number, { bytes, length }: Piece): void {
  for (let at = 0; at < length;) at += writeSync(descriptor, bytes, at, length - at);
}

function isStream(descriptor: number): boolean {
  try {
    const status = fstatSync(descriptor);
    return status.isFIFO() || status.isSocket();
  } catch {
    return true;
  }
}
