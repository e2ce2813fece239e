import type { SahabError } from "../base/errors.ts";
import type { Batch, Usage } from "../call/index.ts";
import type { Writer, WriterOptions } from "./dialect.ts";
import { jsonType } from "./media-types.ts";
import { spliceUsage } from "./splice-usage.ts";
import { encodeSseData, EventStreamParser } from "./sse.ts";

/** Writes a whole answer as the vendor sent it; only its usage gains the cost. */
export class RawBodyWriter implements Writer {
  readonly contentType = jsonType;
  readonly #options: WriterOptions;
  #last: Batch | undefined;

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  write(batch: Batch): undefined {
    this.#last = batch;
  }

  end(): Uint8Array {
    const raw = this.#last?.raw ?? new Uint8Array(0);
    const usage = this.#last?.facts.usage;
    return usage ? (spliceUsage(raw, this.#options.usageExtra(usage)) ?? raw) : raw;
  }

  fail(error: SahabError): never {
    throw error;
  }
}

/**
 * Events of a stream, those with usage with the cost added; all other bytes of their data as they are. `mend` gives such an
 * event what its clients need and its vendor left out.
 */
export function addCost(
  raw: Uint8Array,
  usage: Usage,
  usageExtra: WriterOptions["usageExtra"],
  mend: (json: Uint8Array) => Uint8Array = (json) => json,
): Uint8Array | string {
  let replaced = "";
  let isChanged = false;
  new EventStreamParser().push(raw, ({ raw, dataRange, event, isComment }) => {
    const { bytes, start, end } = dataRange;
    const spliced = isComment ? undefined : spliceUsage(mend(bytes.subarray(start, end)), usageExtra(usage));
    if (spliced) isChanged = true;
    replaced += spliced ? encodeSseData(Buffer.from(spliced).toString("utf8"), nameOf(event)) : raw.toString("utf8");
  });
  return isChanged ? replaced : raw;
}

/** An event without a name has the name `message`. */
function nameOf(event: string): string | undefined {
  return event === "message" ? undefined : event;
}
