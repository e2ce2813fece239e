import { SahabError, toSahabError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import { factsOf, type AnswerEvent, type Batch, type Facts } from "../call/index.ts";
import type { Reader } from "./dialect.ts";

/** Turns a parsed answer into events. Throws the error that it is, or `upstream_invalid_response` where it is no answer. */
type Decode = (json: unknown) => readonly AnswerEvent[];

/** Reads an answer that comes whole, as one JSON value. `look` finds the facts of one that is too large to be decoded for them. */
export function createWholeReader(decode: Decode, look?: (raw: Uint8Array) => Facts): Reader {
  const parts: Uint8Array[] = [];
  let size = 0;
  return {
    push(chunk) {
      size += chunk.length;
      if (size > limits.responseBodyBytesMax) {
        parts.length = 0;
        return [
          failedBatch(
            new SahabError(
              "upstream_invalid_response",
              `the answer has more than ${limits.responseBodyBytesMax} bytes`,
            ),
          ),
        ];
      }
      parts.push(chunk);
      return [];
    },
    end() {
      const [first] = parts;
      const raw = parts.length === 1 && first ? first : Buffer.concat(parts, size);
      try {
        return look ? { raw, facts: look(raw), events: () => decode(parseBody(raw)) } : decodeBody(raw, decode);
      } catch (thrown) {
        return failedBatch(toSahabError(thrown));
      }
    },
  };
}

function decodeBody(raw: Uint8Array, decode: Decode): Batch {
  const events = decode(parseBody(raw));
  return { raw, facts: factsOf(events, true), events: () => events };
}

/** Drops a byte order mark. */
const decoder = new TextDecoder();

function parseBody(raw: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(raw));
  } catch (cause) {
    const found = raw.length === 0 ? "the answer is empty" : "the answer is not JSON";
    throw new SahabError("upstream_invalid_response", found, { cause });
  }
}

function failedBatch(error: SahabError): Batch {
  const events: AnswerEvent[] = [{ type: "error", error }];
  return { raw: undefined, facts: factsOf(events, false), events: () => events };
}
