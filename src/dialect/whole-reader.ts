import { SahabError, toSahabError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import { factsOf, type AnswerEvent, type Batch, type Facts } from "../call/index.ts";
import type { Reader } from "./dialect.ts";

/** Turns a parsed answer into events. Throws the error that it is, or `upstream_invalid_response` where it is no answer. */
type Decode = (json: unknown) => readonly AnswerEvent[];

interface WholeReaderOptions {
  /** Finds the facts of an answer that is too large to be decoded for them. */
  look?: ((raw: Uint8Array) => Facts) | undefined;
  /** Parses the answer, where plain JSON.parse loses something. */
  parse?: (text: string) => unknown;
}

/** Reads an answer that comes whole, as one JSON value. */
export function createWholeReader(decode: Decode, { look, parse = JSON.parse }: WholeReaderOptions = {}): Reader {
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
        if (look) return { raw, facts: look(raw), events: () => decode(parseBody(raw, parse)) };
        const events = decode(parseBody(raw, parse));
        return { raw, facts: factsOf(events, true), events: () => events };
      } catch (thrown) {
        return failedBatch(toSahabError(thrown));
      }
    },
  };
}

/** Drops a byte order mark. */
const decoder = new TextDecoder();

function parseBody(raw: Uint8Array, parse: (text: string) => unknown): unknown {
  try {
    return parse(decoder.decode(raw));
  } catch (cause) {
    const found = raw.length === 0 ? "the answer is empty" : "the answer is not JSON";
    throw new SahabError("upstream_invalid_response", found, { cause });
  }
}

function failedBatch(error: SahabError): Batch {
  const events: AnswerEvent[] = [{ type: "error", error }];
  return { raw: undefined, facts: factsOf(events, false), events: () => events };
}
