import { fstatSync, write, writeSync } from "node:fs";

/** Lines wait at most so long for others to be written with. */
const gatherMs = 100;
/** From so many characters on they are written at once. */
const gatherCharsMax = 64 * 1024;
/** What waits while the reader of the descriptor reads nothing: about 2,000 lines of requests. Beyond it lines are dropped. */
const waitingCharsMax = 1024 * 1024;
/** A write to a pipe of at most so many bytes is never mixed with another process's (POSIX, PIPE_BUF on Linux). */
const atomicBytesMax = 4096;
/** How long a descriptor that takes nothing now (EAGAIN) is left alone. */
const againMs = 20;
/** A write that has been under way for longer than this is one that nobody reads. */
const stalledMs = 200;

export interface LineWriterOptions {
  /** Several processes write to the descriptor, so that no write may be mixed with another's. */
  isShared?: boolean;
  /** For tests: how much may wait. */
  waitingCharsMax?: number;
  /** The line that says that so many were dropped, with its line feed. */
  describeDropped?: (count: number) => string;
}

/**
 * Writes whole lines to a descriptor and never waits for it: lines are gathered, and one write at a time is under way in a thread
 * of the runtime. Where nobody reads, a bounded number of lines waits; what comes after them is dropped, counted and told once there is room.
 */
export class LineWriter {
  readonly #descriptor: number;
  readonly #pieceBytesMax: number;
  readonly #waitingCharsMax: number;
  readonly #describeDropped: (count: number) => string;
  #waiting = "";
  #timer: Timer | undefined;
  /** The next turn of the event loop writes. */
  #isDue = false;
  #isAtExit = false;
  /** The bytes that are being written. */
  #chunk: Buffer | undefined;
  #chunkAt = 0;
  /** When the write that is under way began, monotonic. */
  #writingSinceMs = 0;
  #dropped = 0;
  #untold = 0;
  #idle: (() => void)[] = [];

  constructor(descriptor: number, options: LineWriterOptions = {}) {
    this.#descriptor = descriptor;
    this.#waitingCharsMax = options.waitingCharsMax ?? waitingCharsMax;
    this.#describeDropped = options.describeDropped ?? ((count) => `${count} lines of the log were dropped\n`);
    this.#pieceBytesMax = options.isShared && isStream(descriptor) ? atomicBytesMax : gatherCharsMax;
  }

  /** Lines that were dropped since the start. */
  get droppedCount(): number {
    return this.#dropped;
  }

  /** Takes a line with its line feed. It is written within 100 ms; at once, in a later turn of the event loop, where it is urgent. */
  add(line: string, isUrgent = false): void {
    if (this.#waiting.length + line.length > this.#waitingCharsMax) {
      this.#dropped++;
      this.#untold++;
      return;
    }
    this.#waiting += line;
    if (!this.#isAtExit) {
      this.#isAtExit = true;
      // What is left when the process ends: nothing else runs then, so it is written at once.
      process.on("exit", () => this.#flushAtExit());
    }
    if (this.#chunk || this.#isDue) return;
    if (isUrgent || this.#waiting.length >= gatherCharsMax) {
      this.#isDue = true;
      setImmediate(() => this.#write());
    } else this.#timer ??= this.#later(gatherMs);
  }

  /** Resolves when all has been written, or after the time at the latest. */
  async flush(withinMs: number): Promise<void> {
    if (this.#waiting === "" && !this.#chunk) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle.push(resolve);
    const timer = setTimeout(resolve, withinMs);
    if (!this.#chunk) this.#write();
    await promise;
    clearTimeout(timer);
  }

  #later(ms: number): Timer {
    const timer = setTimeout(() => this.#write(), ms);
    timer.unref();
    return timer;
  }

  /** Begins the next write, of whole lines. */
  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = false;
    if (this.#chunk) return;
    if (this.#waiting === "") {
      for (const resolve of this.#idle.splice(0)) resolve();
      return;
    }
    this.#chunk = this.#take();
    this.#chunkAt = 0;
    this.#writeRest(this.#chunk);
  }

  /** Takes as many whole lines as one write may have, or the first where that is longer. */
  #take(): Buffer {
    const text = this.#waiting;
    let end = text.length;
    if (this.#pieceBytesMax < end) {
      end = text.lastIndexOf("\n", this.#pieceBytesMax - 1) + 1;
      if (end === 0) end = text.indexOf("\n") + 1 || text.length;
    }
    let bytes = Buffer.from(text.slice(0, end));
    // Characters beyond ASCII have several bytes each.
    while (bytes.length > this.#pieceBytesMax) {
      const shorter = text.lastIndexOf("\n", end - 2) + 1;
      if (shorter === 0) break;
      end = shorter;
      bytes = Buffer.from(text.slice(0, end));
    }
    this.#waiting = text.slice(end);
    if (this.#untold > 0) {
      this.#waiting += this.#describeDropped(this.#untold);
      this.#untold = 0;
    }
    return bytes;
  }

  #writeRest(chunk: Buffer): void {
    this.#writingSinceMs = performance.now();
    write(this.#descriptor, chunk, this.#chunkAt, chunk.length - this.#chunkAt, null, (error, written) => {
      if (error && error.code !== "EAGAIN" && error.code !== "EINTR") return this.#giveUp(chunk);
      this.#chunkAt += error ? 0 : written;
      if (this.#chunkAt >= chunk.length) {
        this.#chunk = undefined;
        this.#write();
      } else if (error || written === 0) setTimeout(() => this.#writeRest(chunk), againMs).unref();
      else this.#writeRest(chunk);
    });
  }

  /** The descriptor is closed or broken: its lines are lost, and those that come later are tried again. */
  #giveUp(chunk: Buffer): void {
    this.#dropped += countLines(chunk.subarray(this.#chunkAt));
    this.#chunk = undefined;
    if (this.#waiting !== "") this.#timer ??= this.#later(gatherMs);
    else for (const resolve of this.#idle.splice(0)) resolve();
  }

  #flushAtExit(): void {
    // A reader that has stopped would hold up the end of the process for ever.
    if (this.#chunk && performance.now() - this.#writingSinceMs > stalledMs) return;
    try {
      while (this.#waiting !== "") writeAllSync(this.#descriptor, this.#take());
    } catch {
      // The descriptor is closed, and there is no other place to say so.
    }
  }
}

function writeAllSync(descriptor: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at, bytes.length - at);
}

function isStream(descriptor: number): boolean {
  try {
    const status = fstatSync(descriptor);
    return status.isFIFO() || status.isSocket();
  } catch {
    return true;
  }
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}
