import { showByteSize } from "../base/parse-byte-size.ts";
import { SpeedMeter } from "../base/speed-meter.ts";
import { printError } from "./print.ts";
import { showDuration } from "./show-time.ts";

export interface ReceivedLine {
  received_bytes: number;
  total_bytes: number | null;
  checked_bytes?: number;
}

/** Where there is no terminal, a line says so often how far it is. */
const quietEveryMs = 30_000;

/** How far a pull is: a line that is written over on a terminal, else a line now and then on standard error. */
export class PullMeter {
  readonly #output: NodeJS.WriteStream;
  readonly #isShown: boolean;
  readonly #now: () => number;
  readonly #speed = new SpeedMeter();
  #isOpen = false;
  #quietMs: number;
  receivedBytes = 0;

  constructor(options: { output: NodeJS.WriteStream; isShown: boolean; now?: () => number }) {
    this.#output = options.output;
    this.#isShown = options.isShown;
    this.#now = options.now ?? (() => performance.now());
    this.#quietMs = this.#now();
  }

  show(line: ReceivedLine): void {
    const nowMs = this.#now();
    this.receivedBytes = line.received_bytes;
    this.#speed.note(line.received_bytes, nowMs);
    if (!this.#isShown) return;
    const text = describe(line, this.#speed.bytesPerSecond);
    if (this.#output.isTTY) {
      this.#isOpen = true;
      this.#output.write(`\r${text}\u001b[K`);
    } else if (nowMs - this.#quietMs >= quietEveryMs) {
      this.#quietMs = nowMs;
      printError(text);
    }
  }

  /** Other text comes on a line of its own. */
  end(): void {
    if (this.#isOpen) this.#output.write("\n");
    this.#isOpen = false;
  }
}

function describe(line: ReceivedLine, bytesPerSecond: number | undefined): string {
  const { received_bytes: received, total_bytes: total, checked_bytes: checked } = line;
  if (checked !== undefined) return `${bar(checked, total ?? received)}  comparing the hash`;
  const speed = bytesPerSecond === undefined ? "" : `  ${showByteSize(Math.round(bytesPerSecond))}/s`;
  if (total === null || total === 0) return `${showByteSize(received)}${speed}`;
  const isRunning = bytesPerSecond !== undefined && bytesPerSecond > 0 && received < total;
  const left = isRunning ? `  ${showDuration(Math.ceil((total - received) / bytesPerSecond) * 1_000)} left` : "";
  return `${bar(received, total)}  ${showByteSize(received)} of ${showByteSize(total)}${speed}${left}`;
}

function bar(part: number, whole: number): string {
  const share = whole === 0 ? 1 : Math.min(1, part / whole);
  return `${"█".repeat(Math.round(share * 24)).padEnd(24, "░")} ${Math.floor(share * 100)} %`;
}
