import type { SahabError } from "../base/errors.ts";
import type { Batch, Usage } from "../call/index.ts";
import type { Writer, WriterOptions } from "./dialect.ts";
import { jsonType } from "./media-types.ts";
import { spliceUsage, type UsagePlace } from "./splice-usage.ts";
import { EventStreamParser } from "./sse.ts";

/** Writes a whole answer as the vendor sent it; only its usage gains the cost. */
export class RawBodyWriter implements Writer {
  readonly contentType = jsonType;
  readonly #options: WriterOptions;
  readonly #place: UsagePlace;
  #last: Batch | undefined;

  constructor(options: WriterOptions, place: UsagePlace = {}) {
    this.#options = options;
    this.#place = place;
  }

  write(batch: Batch): undefined {
    this.#last = batch;
  }

  end(): Uint8Array {
    const raw = this.#last?.raw ?? new Uint8Array(0);
    const usage = this.#last?.facts.usage;
    return usage ? (spliceUsage(raw, this.#options.usageExtra(usage), this.#place) ?? raw) : raw;
  }

  fail(error: SahabError): never {
    throw error;
  }
}

/**
 * Events of a stream, those with usage with the cost added; all other bytes as they are. `mend` gives such an event what its
 * clients need and its vendor left out.
 */
export function addCost(
  raw: Uint8Array,
  usage: Usage,
  usageExtra: WriterOptions["usageExtra"],
  { mend, ...place }: UsagePlace & { mend?: ((json: Uint8Array) => Uint8Array) | undefined } = {},
): Uint8Array {
  return editEvents(raw, (data) => spliceUsage(mend ? mend(data) : data, usageExtra(usage), place));
}

/** Events of a stream with other data where `edit` returns some; all other bytes as they are. */
export function editEvents(raw: Uint8Array, edit: (data: Uint8Array) => Uint8Array | undefined): Uint8Array {
  const pieces: Uint8Array[] = [];
  new EventStreamParser().push(raw, ({ raw, dataRange, isComment }) => {
    const { bytes, start, end } = dataRange;
    const spliced = isComment ? undefined : edit(bytes.subarray(start, end));
    if (!spliced) pieces.push(raw);
    else if (bytes === raw) pieces.push(raw.subarray(0, start), spliced, raw.subarray(end));
    else pieces.push(replaceData(raw, spliced));
  });
  return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
}

/** An event whose data has several lines, with other data; its other lines stay. As latin1, so that no byte changes. */
function replaceData(event: Buffer, data: Uint8Array): Buffer {
  const lines = event.toString("latin1").split(/\r\n|\r|\n/);
  const others = lines.filter((line) => line !== "" && !/^data(?:$|:)/.test(line));
  const ofData = Buffer.from(data)
    .toString("latin1")
    .split("\n")
    .map((line) => `data: ${line}`);
  return Buffer.from([...others, ...ofData, "", ""].join("\n"), "latin1");
}
