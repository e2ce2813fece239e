import { SahabError } from "../../base/errors.ts";
import { GatheredBytes } from "../../base/gathered-bytes.ts";
import { limits } from "../../base/limits.ts";
import type { Batch, Facts, Usage } from "../../call/index.ts";
import type { AnswerKind, Reader } from "../dialect.ts";
import { noUsage } from "../../call/index.ts";

/** Reads a sound, piece by piece, or a transcript that is no JSON, as a whole. Its end is that of the body. */
export function createByteReader({ stream, guard, operation }: AnswerKind): Reader {
  const follower = guard?.follow();
  const whole = stream ? undefined : new GatheredBytes();
  let bytes = 0;
  let failure: SahabError | undefined;
  return {
    get heldBytes() {
      return whole?.length ?? 0;
    },
    push(chunk) {
      if (failure) return [];
      bytes += chunk.length;
      if (bytes > limits.responseBodyBytesMax)
        failure = new SahabError(
          "upstream_invalid_response",
          `the answer has more than ${limits.responseBodyBytesMax} bytes`,
        );
      else if (guard && follower?.takeBytes(chunk, 0, chunk.length)) failure = guard.failure();
      if (failure) return [batch(undefined, { textBytes: 0, usage: undefined, isEnd: false, failure })];
      whole?.append(chunk);
      return whole || chunk.length === 0
        ? []
        : [batch(chunk, { textBytes: chunk.length, usage: undefined, isEnd: false, failure })];
    },
    end() {
      if (bytes === 0 && operation === "speech")
        failure ??= new SahabError("upstream_invalid_response", "the answer is empty");
      const raw = whole?.take();
      const usage = raw && countSeconds(raw);
      return batch(raw, { textBytes: raw?.length ?? 0, usage, isEnd: failure === undefined, failure });
    },
  };
}

function batch(raw: Uint8Array | undefined, facts: Facts): Batch {
  return { raw, facts, events: () => [] };
}

/** The end of the last subtitle, where the answer has such. */
function countSeconds(raw: Buffer): Usage | undefined {
  const tail = raw.toString("latin1", Math.max(0, raw.length - tailBytesMax));
  const [, hours = "0", minutes, seconds] = [...tail.matchAll(subtitleEnd)].at(-1) ?? [];
  if (minutes === undefined || seconds === undefined) return undefined;
  const second = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) + 1;
  // What follows the last subtitle is not known, so that this is no count to rely on.
  return { ...noUsage, counts: { second }, isInputDoubtful: true };
}

/** More than the longest subtitle. */
const tailBytesMax = 16 * 1024;
const subtitleEnd = /-->\s*(?:(\d{1,3}):)?(\d{2}):(\d{2})[.,]\d{1,3}/g;
