import { SahabError, toSahabError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import { factsOf, type AnswerEvent, type Batch, type Facts } from "../call/index.ts";
import type { AnswerKind, Reader } from "./dialect.ts";

/** Turns a parsed answer into events. Throws the error that it is, or `upstream_invalid_response` where it is no answer. */
type Decode = (json: unknown, kind: AnswerKind) => readonly AnswerEvent[];

interface WholeReaderOptions {
  /** Finds the facts of an answer that is too large to be decoded for them, and whether its bytes are what was asked for. */
  look?: ((raw: Uint8Array) => { facts: Facts; isRaw: boolean }) | undefined;
  /** Parses the answer, where plain JSON.parse loses something. */
  parse?: (text: string) => unknown;
}

/** Reads an answer that comes whole, as one JSON value. */
export function createWholeReader(decode: Decode, kind: AnswerKind, options: WholeReaderOptions = {}): Reader {
  return new WholeReader(decode, kind, options);
}

class WholeReader implements Reader {
  readonly #decode: Decode;
  readonly #kind: AnswerKind;
  readonly #options: WholeReaderOptions;
  #parts: Uint8Array[] = [];
  #size = 0;

  constructor(decode: Decode, kind: AnswerKind, options: WholeReaderOptions) {
    this.#decode = decode;
    this.#kind = kind;
    this.#options = options;
  }

  push(chunk: Uint8Array): Batch[] {
    this.#size += chunk.length;
    this.#parts.push(chunk);
    if (this.#size <= limits.responseBodyBytesMax) return [];
    this.#parts = [];
    const found = `the answer has more than ${limits.responseBodyBytesMax} bytes`;
    return [failedBatch(new SahabError("upstream_invalid_response", found))];
  }

  end(): Batch {
    const [first] = this.#parts;
    const raw = this.#parts.length === 1 && first ? first : Buffer.concat(this.#parts, this.#size);
    const { look } = this.#options;
    const { guard } = this.#kind;
    try {
      if (look) {
        const { facts, isRaw } = look(raw);
        // What is encoded anew is judged in full first: later there is no other target.
        if (isRaw && guard?.holds(raw)) return failedBatch(guard.failure());
        if (isRaw) return { raw, facts, events: () => this.#events(raw) };
      }
      const events = this.#events(raw);
      if (guard?.holds(raw)) return failedBatch(guard.failure());
      return new WholeBatch(look ? undefined : raw, factsOf(events, true), events);
    } catch (thrown) {
      return failedBatch(toSahabError(thrown));
    }
  }

  #events(raw: Uint8Array): readonly AnswerEvent[] {
    return this.#decode(parseBody(raw, this.#options.parse ?? JSON.parse), this.#kind);
  }
}

class WholeBatch implements Batch {
  readonly raw: Uint8Array | undefined;
  readonly facts: Facts;
  readonly #events: readonly AnswerEvent[];

  constructor(raw: Uint8Array | undefined, facts: Facts, events: readonly AnswerEvent[]) {
    this.raw = raw;
    this.facts = facts;
    this.#events = events;
  }

  events(): readonly AnswerEvent[] {
    return this.#events;
  }
}

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
  return new WholeBatch(undefined, factsOf(events, false), events);
}
