import {
  givenId,
  SaidSoFar,
  turnKey,
  type Answer,
  type AnswerEvent,
  type Batch,
  type KeptPiece,
  type KeptTurn,
  type ReasoningPart,
} from "../call/index.ts";
import type { Dialect } from "../dialect/dialect.ts";
import { foldAnswer, type FoldedChoice } from "../dialect/fold-answer.ts";

/** Most of what is thought in one answer that is kept: an hour of thinking; signatures take about as much as their text. */
const answerBytesMax = 1024 * 1024;
/** Most calls of tools and runs of reasoning in one turn that is kept. */
const piecesMax = 256;

/**
 * Notes what is thought in an answer that calls tools, for clients that cannot send all of it back. Beyond its bound it gives up:
 * a part of what was thought is of no use to a vendor.
 */
export class TurnRecorder {
  readonly #client: Dialect;
  readonly #isDemanded: boolean;
  readonly #mark: string | undefined;
  readonly #issuer: string;
  #said: SaidSoFar | undefined = new SaidSoFar();
  #bytes = 0;
  #hasReasoning = false;
  #hasCalls = false;

  /**
   * `client` is what the client speaks; `isDemanded` says that the vendor insists on what it may or may not send back; `mark` is that
   * of the conversation, where it is known, and `issuer` that of the answer.
   */
  constructor(client: Dialect, isDemanded: boolean, { mark, issuer = "" }: Pick<Answer, "mark" | "issuer"> = {}) {
    this.#mark = mark;
    this.#issuer = issuer;
    this.#client = client;
    this.#isDemanded = isDemanded;
  }

  /** Bytes that are held. */
  get heldBytes(): number {
    return this.#bytes;
  }

  /** Notes a batch. Returns one that says the same, whose events are decoded once. */
  note(batch: Batch): Batch {
    if (!this.#said) return batch;
    const events = batch.events();
    this.#add(this.#said, events);
    const { raw, facts } = batch;
    return { raw, facts, events: () => events };
  }

  /** The turns of a whole answer that the client cannot send back, one for each choice at most. */
  turns(): KeptTurn[] {
    if (!this.#said || !this.#hasReasoning || !this.#hasCalls) return [];
    const { name, returnsReasoning } = this.#client;
    const isReturned = ({ part }: KeptPiece) =>
      returnsReasoning === true && !this.#isDemanded && (!part.signature || part.signature.origin === name);
    const { choices } = foldAnswer([blankStart, ...this.#said.events]);
    return choices.flatMap((choice) => {
      const turn = turnOf(choice, this.#mark, this.#issuer);
      return !turn || turn.pieces.every(isReturned) ? [] : [turn];
    });
  }

  #add(said: SaidSoFar, events: readonly AnswerEvent[]): void {
    const kept = events.flatMap((event) => reduce(event) ?? []);
    if (kept.length === 0) return;
    for (const event of kept) {
      this.#bytes += sizeOf(event);
      if (event.type === "reasoning-delta" || event.type === "reasoning-signature") this.#hasReasoning = true;
      else if (event.type === "tool-call-start") this.#hasCalls = true;
    }
    said.add(kept);
    if (this.#bytes <= answerBytesMax) return;
    this.#said = undefined;
    this.#bytes = 0;
  }
}

const blankStart: AnswerEvent = { type: "start", id: "", model: "", createdS: 0 };

/** What matters of an event: of texts that they are there, of calls their ids, and what the first one says. */
function reduce(event: AnswerEvent): AnswerEvent | undefined {
  const { type } = event;
  if (type === "text-delta" || type === "refusal-delta") return { type: "text-delta", choice: event.choice, text: "" };
  if (type === "tool-call-delta") return event.index === 0 ? event : undefined;
  const isKept = type === "reasoning-delta" || type === "reasoning-signature" || type === "tool-call-start";
  return isKept ? event : undefined;
}

function sizeOf(event: AnswerEvent): number {
  if (event.type === "reasoning-signature") return event.signature.value.length;
  if (event.type === "tool-call-start") return event.id.length + event.name.length;
  if (event.type === "tool-call-delta") return event.arguments.length;
  return event.type === "reasoning-delta" ? event.text.length : 0;
}

/** Undefined where nothing was thought, no tool is called, or there is too much of both. */
function turnOf({ parts }: FoldedChoice, mark: string | undefined, issuer: string): KeptTurn | undefined {
  const call = parts.find((part) => part.type === "tool-call");
  if (!call || parts.length > piecesMax) return undefined;
  const pieces: KeptPiece[] = [];
  /** Reasoning that waits for the call that comes after it. */
  let waiting: ReasoningPart[] = [];
  let hasBegun = false;
  for (const part of parts) {
    if (part.type === "reasoning" && hasBegun) waiting.push(part);
    else if (part.type === "reasoning") pieces.push({ place: "start", part });
    else hasBegun = true;
    if (part.type !== "tool-call") continue;
    for (const before of waiting) pieces.push({ place: { before: givenId(part) }, part: before });
    waiting = [];
  }
  for (const part of waiting) pieces.push({ place: "end", part });
  const key = turnKey(call, mark === undefined ? undefined : () => mark);
  return pieces.length === 0 || key === undefined ? undefined : { key, issuer, pieces };
}
