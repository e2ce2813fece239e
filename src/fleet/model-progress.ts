import { lstatSync } from "node:fs";
import { SahabError } from "../base/errors.ts";
import type { ModelDownload } from "./model-download.ts";
import type { PullProgress } from "./part-file.ts";
import type { PullPlan } from "./plan-pull.ts";

interface ProgressOptions {
  /** Of all files together. */
  bytesMax: number;
  onProgress: (progress: PullProgress) => void;
}

/** What has come of each file of a model. */
export class ModelProgress {
  readonly #options: ProgressOptions;
  readonly #shown: string;
  readonly #received: number[];
  readonly #totals: (number | null)[];

  constructor({ shown, files }: PullPlan, options: ProgressOptions) {
    this.#options = options;
    this.#shown = shown;
    this.#received = files.map(() => 0);
    this.#totals = files.map(({ known }) => known?.bytes ?? null);
  }

  /** Throws where all files together have become too large. */
  tell(index: number, { receivedBytes, totalBytes }: PullProgress): void {
    this.#received[index] = receivedBytes;
    this.#totals[index] = totalBytes ?? this.#totals[index] ?? null;
    const sum = this.#sum();
    const { bytesMax } = this.#options;
    if (sum > bytesMax)
      throw new SahabError(
        "invalid_request",
        `${this.#shown} has at least ${sum} bytes; at most ${bytesMax} are allowed`,
      );
    this.#options.onProgress({ receivedBytes: sum, totalBytes: this.#total() });
  }

  /** What earlier pulls, or another process, have fetched; nothing where it is not known how much there is. */
  tellParts(downloads: readonly ModelDownload[]): void {
    if (this.#total() === null) return;
    for (const [index, { part, target, isHere }] of downloads.entries())
      this.#received[index] = lstatSync(isHere ? target : part, { throwIfNoEntry: false })?.size ?? 0;
    this.#options.onProgress({ receivedBytes: this.#sum(), totalBytes: this.#total() });
  }

  tellChecked(checkedBytes: number): void {
    this.#options.onProgress({ receivedBytes: this.#sum(), totalBytes: this.#total(), checkedBytes });
  }

  #sum(): number {
    return this.#received.reduce((sum, bytes) => sum + bytes, 0);
  }

  #total(): number | null {
    return this.#totals.reduce((sum, bytes) => (sum === null || bytes === null ? null : sum + bytes), 0);
  }
}
