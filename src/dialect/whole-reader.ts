import { SahabError, toSahabError } from "../base/errors.ts";
import { GatheredBytes } from "../base/gathered-bytes.ts";
import { limits } from "../base/limits.ts";
import { factsOf, type AnswerEvent, type Batch, type Facts } from "../call/index.ts";
import { checkAnswerSize } from "./answer-size.ts";
import type { AnswerKind, Reader } from "./dialect.ts";

/** Turns a parsed answer into events. Throws the error that it is, or `upstream_invalid_response` where it is no answer. */
type Decode = (json: unknown, kind: AnswerKind) => readonly AnswerEvent[];

interface WholeReaderOptions {
  /** Finds the facts of an answer that is too large to be decoded for them, and whether its bytes are what was asked for. */
  look?: ((raw: Uint8Array) => { facts: Facts; isRaw: boolean }) | undefined;
  /** Decodes an answer that is too large to be parsed at once. */
  decodeInTurns?: (raw: Buffer, kind: AnswerKind) => Promise<readonly AnswerEvent[]>;
  /** Most that may be parsed at once, as `answer-size.ts` weighs it. */
  weightMax?: number;
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
  readonly #bytesMax: number;
  readonly #body = new GatheredBytes();

  constructor(decode: Decode, kind: AnswerKind, options: WholeReaderOptions) {
    this.#decode = decode;
    this.#kind = kind;
    this.#options = options;
    this.#bytesMax = options.decodeInTurns ? limits.responseBodyBytesMax : limits.parsedAnswerBytesMax;
  }

  get heldBytes(): number {
    return this.#body.length;
  }

  push(chunk: Uint8Array): Batch[] {
    if (this.#body.length + chunk.length <= this.#bytesMax) {
      this.#body.append(chunk);
      return [];
    }
    this.#body.clear();
    const found = `the answer has more than ${this.#bytesMax} bytes`;
    return [failedBatch(new SahabError("upstream_invalid_response", found))];
  }

  end(): Batch {
    const raw = this.#body.take();
    try {
      // What is encoded anew is judged in full first: later there is no other target.
      return this.#look(raw) ?? this.#decoded(raw, this.#events(raw));
    } catch (thrown) {
      return failedBatch(toSahabError(thrown));
    }
  }

  endInTurns(): Promise<Batch> | undefined {
    const { decodeInTurns } = this.#options;
    return decodeInTurns && this.#body.length > turnBytesMin ? this.#endInTurns(decodeInTurns) : undefined;
  }

  async #endInTurns(decodeInTurns: NonNullable<WholeReaderOptions["decodeInTurns"]>): Promise<Batch> {
    const raw = this.#body.take();
    try {
      return this.#look(raw) ?? this.#decoded(raw, await decodeInTurns(raw, this.#kind));
    } catch (thrown) {
      return failedBatch(toSahabError(thrown));
    }
  }

  /** Undefined for what must be decoded. */
  #look(raw: Buffer): Batch | undefined {
    const looked = this.#options.look?.(raw);
    if (!looked?.isRaw) return undefined;
    this.#checkSecrets(raw);
    return { raw, facts: looked.facts, events: () => this.#eventsOrError(raw) };
  }

  /** What was looked at, and decoded all the same, is not passed on as it is. */
  #decoded(raw: Buffer, events: readonly AnswerEvent[]): Batch {
    this.#checkSecrets(raw);
    return new WholeBatch(this.#options.look ? undefined : raw, factsOf(events, true), events);
  }

  /** Of an error nothing but its message is passed on, masked; so this is for answers. */
  #checkSecrets(raw: Buffer): void {
    const { guard } = this.#kind;
    if (guard?.holds(raw)) throw guard.failure();
  }

  /** What a look at a large answer has passed may still be found to be no answer. */
  #eventsOrError(raw: Buffer): readonly AnswerEvent[] {
    try {
      return this.#events(raw);
    } catch (thrown) {
      return [{ type: "error", error: toSahabError(thrown) }];
    }
  }

  #events(raw: Buffer): readonly AnswerEvent[] {
    checkAnswerSize(raw, this.#options.weightMax);
    return this.#decode(parseBody(raw, this.#options.parse ?? JSON.parse), this.#kind);
  }
}

/** Smaller answers are decoded at once. */
const turnBytesMin = 256 * 1024;

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
