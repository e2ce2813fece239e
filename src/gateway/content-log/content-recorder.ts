import { SaidSoFar, type AnswerEvent, type Batch, type RecordedOperation } from "../../call/index.ts";
import { foldAnswer } from "../../dialect/fold-answer.ts";
import type { UsageRecord } from "../../ledger/index.ts";
import type { SaidAnswer } from "./messages.ts";

/** Of an answer's text; a million tokens have four times as much. */
const answerCharsMax = 1024 * 1024;

/** Room for it is taken in such steps. */
const stepChars = 16 * 1024;

/** What a recorder tells its owner. */
export interface RecorderEnd {
  keep(recorder: ContentRecorder, record: UsageRecord): void;
  drop(recorder: ContentRecorder): void;
  /** Takes room for more of an answer; false where there is none. It is given back with the recorder. */
  take(bytes: number): boolean;
}

/** Gathers the text of one request while it is served: its body, and its answer as the client gets it. */
export class ContentRecorder {
  /** A copy of our own; null where it was too large. */
  readonly body: ArrayBuffer | null;
  readonly bodyBytes: number;
  readonly #owner: RecorderEnd;
  readonly #isText: boolean;
  readonly #said = new SaidSoFar();
  #chars = 0;
  #takenChars = 0;
  #rawBytes = 0;
  #isCut = false;

  constructor(owner: RecorderEnd, body: Uint8Array, options: { operation: RecordedOperation; bodyBytesMax: number }) {
    this.#owner = owner;
    this.bodyBytes = body.length;
    this.body = body.length > options.bodyBytesMax ? null : new Uint8Array(body).buffer;
    this.#isText = options.operation === "chat" || options.operation === "completion";
  }

  /** Notes a batch of the answer. Returns one that says the same, whose events are decoded once. */
  note(batch: Batch): Batch {
    if (!this.#isText) {
      this.#rawBytes += batch.raw?.length ?? 0;
      return batch;
    }
    const events = batch.events();
    for (const event of events) this.#chars += charsOf(event);
    this.#isCut ||= this.#chars > answerCharsMax || !this.#hasRoom();
    if (!this.#isCut) this.#said.add(events);
    const { raw, facts } = batch;
    return { raw, facts, events: () => events };
  }

  /** What is held of the answer, about. */
  get answerBytes(): number {
    return this.#takenChars;
  }

  #hasRoom(): boolean {
    const more = this.#chars - this.#takenChars;
    if (more <= 0) return true;
    const bytes = Math.max(more, stepChars);
    if (!this.#owner.take(bytes)) return false;
    this.#takenChars += bytes;
    return true;
  }

  /** The request is settled. */
  end(record: UsageRecord): void {
    this.#owner.keep(this, record);
  }

  /** Nothing of it is kept. */
  drop(): void {
    this.#owner.drop(this);
  }

  /** The answer so far; null where there was none. */
  answer(): SaidAnswer | null {
    if (!this.#isText)
      return this.#rawBytes === 0 ? null : { omitted: `[an answer of ${this.#rawBytes} bytes that is no text]` };
    const events = this.#said.events.filter(({ type }) => type !== "error");
    if (events.length === 0) return null;
    const { choices } = foldAnswer([blankStart, ...events]);
    return {
      choices: choices.map(({ parts, finish }) => ({
        parts: parts.map((part) =>
          part.type === "tool-call"
            ? { type: part.type, id: part.id, name: part.name, arguments: part.arguments }
            : { type: part.type, text: part.text },
        ),
        finish,
      })),
      isCut: this.#isCut,
    };
  }
}

const blankStart: AnswerEvent = { type: "start", id: "", model: "", createdS: 0 };

function charsOf(event: AnswerEvent): number {
  if ("text" in event) return event.text.length;
  return event.type === "tool-call-delta" ? event.arguments.length : 0;
}
