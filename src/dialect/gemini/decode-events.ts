import { SahabError, toSahabError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import { limits } from "../../base/limits.ts";
import type { AnswerEvent, ChatEvent } from "../../call/index.ts";
import type { StreamDecoder } from "../dialect.ts";
import { parseExactJson } from "../exact-json.ts";
import { readFinishWord, type FinishWord } from "../finish-words.ts";
import { throwBareError } from "../throw-bare-error.ts";
import { isObject, readName, type JsonObject } from "../read.ts";
import { readTokenCount } from "../token-count.ts";
import { decodeErrorObject, describesError, saysError } from "../vendor-error.ts";
import { decodeLogprobs } from "./logprobs.ts";
import { PartialArguments } from "./partial-arguments.ts";
import { dialectName, dummySignatures } from "./shared-fields.ts";
import { UsageReader } from "./usage.ts";

interface DecoderOptions {
  /** How many candidates a whole answer has; 0 where that is not known. */
  choiceCount?: number;
  /** Told a reason for the end that nobody documents. */
  onUnknownFinish?: ((word: string) => void) | undefined;
}

/**
 * Decodes a stream of partial answers. Nothing in it says that it is over: some vendors repeat the reason for the end in every
 * event, and others count after it. So it is whole when the body ends and each candidate has its reason.
 */
export function createContentStreamDecoder(options: DecoderOptions = {}): StreamDecoder {
  return new ContentDecoder(options);
}

/**
 * Decodes a whole answer, or a stream in the form of one list. Throws the error that was sent in its place, or
 * `upstream_invalid_response`; of an answer that was broken off the error is the last event.
 */
export function decodeContent(json: unknown, options: DecoderOptions = {}): ChatEvent[] {
  const decoder = new ContentDecoder(options);
  const events = (Array.isArray(json) ? json : [json]).flatMap((payload: unknown) => decoder.take(payload));
  if (events.at(-1)?.type === "error") return throwBareError(events);
  const ending = decoder.end();
  // There was no stream that could have been cut.
  if (ending.some(({ type }) => type === "error"))
    throw invalid("answer has a candidate without finishReason, or none");
  return [...events, ...ending];
}

/** Decodes the answer of `countTokens`. */
export function decodeTokenCount(json: unknown): AnswerEvent[] {
  if (saysError(json)) throw decodeErrorObject(json);
  if (!isObject(json)) throw invalid("answer is JSON that is not an object");
  const count = readTokenCount(json["totalTokens"]);
  if (count !== undefined) return [{ type: "token-count", inputTokens: count }];
  throw describesError(json) ? decodeErrorObject(json) : invalid("answer has no believable totalTokens");
}

/** What has come of one candidate. */
interface Candidate {
  calls: number;
  /** The call whose arguments are still coming. */
  open: { index: number; arguments: PartialArguments } | undefined;
  finish: Exclude<FinishWord, { type: "failure" }> | undefined;
}

/** Far more calls than any answer has. */
const callsMax = 16 * 1024;

class ContentDecoder implements StreamDecoder {
  readonly #options: DecoderOptions;
  readonly #usage = new UsageReader();
  readonly #candidates = new Map<number, Candidate>();
  #hasStarted = false;
  #isBlocked = false;
  #failure: SahabError | undefined;
  readonly isDone = false;

  constructor(options: DecoderOptions) {
    this.#options = options;
  }

  /** Of the calls that come in pieces. */
  get heldBytes(): number {
    let chars = 0;
    for (const { open } of this.#candidates.values()) chars += open?.arguments.chars ?? 0;
    return chars;
  }

  decode(data: string, event: string): ChatEvent[] | undefined {
    if (this.#failure) return [];
    const text = data.trim();
    // Proxies keep the end of OpenAI's streams, which no client of this dialect can read.
    if (text === "[DONE]" || (text === "" && event !== "error")) return undefined;
    let payload: unknown;
    try {
      payload = parseExactJson(data);
    } catch {
      if (event === "error") return this.#fail(decodeErrorObject(undefined));
      return this.#fail(invalid("stream has an event that is not valid JSON"));
    }
    return event === "error" ? this.#fail(decodeErrorObject(payload)) : this.take(payload);
  }

  /** What one partial answer says. */
  take(payload: unknown): ChatEvent[] {
    if (this.#failure) return [];
    if (saysError(payload)) return this.#fail(decodeErrorObject(payload));
    if (!isObject(payload)) return this.#fail(invalid("answer has JSON that is not an object"));
    const { candidates, promptFeedback: feedback, usageMetadata: counts } = payload;
    if (!Array.isArray(candidates) && !isObject(feedback) && !isObject(counts))
      return describesError(payload) ? this.#fail(decodeErrorObject(payload)) : [];
    if (isObject(feedback) && typeof feedback["blockReason"] === "string") this.#isBlocked = true;
    const events = this.#start(payload);
    try {
      for (const candidate of Array.isArray(candidates) ? candidates : [])
        if (isObject(candidate)) this.#takeCandidate(candidate, events);
      if (this.heldBytes > limits.parsedAnswerBytesMax)
        throw invalid(`calls have more than ${limits.parsedAnswerBytesMax} characters`);
    } catch (thrown) {
      return [...events, ...this.#countsOf(counts), ...this.#fail(toSahabError(thrown))];
    }
    return [...events, ...this.#countsOf(counts)];
  }

  #countsOf(counts: unknown): ChatEvent[] {
    const usage = this.#usage.read(counts);
    return usage ? [{ type: "usage", usage }] : [];
  }

  end(): ChatEvent[] {
    // Said again, so that a stream that broke never looks whole.
    if (this.#failure) return [{ type: "error", error: this.#failure }];
    const events: ChatEvent[] = [];
    let finished = 0;
    for (const [choice, candidate] of this.#candidates) {
      events.push(...closeCall(choice, candidate));
      if (!candidate.finish) break;
      events.push(this.#finish(choice, candidate, candidate.finish));
      finished++;
    }
    if (this.#isBlocked && this.#candidates.size === 0)
      return [{ type: "finish", choice: 0, reason: "content-filter" }];
    if (finished > 0 && finished === this.#candidates.size && finished >= (this.#options.choiceCount ?? 0))
      return events;
    return this.#fail(new SahabError("stream_interrupted", "The vendor's answer ended before it was whole"));
  }

  #start(payload: JsonObject): ChatEvent[] {
    if (this.#hasStarted) return [];
    this.#hasStarted = true;
    const { responseId, modelVersion } = payload;
    const id = readName(responseId) || newId("gen");
    return [{ type: "start", id, model: readName(modelVersion), createdS: Math.floor(Date.now() / 1000) }];
  }

  #takeCandidate(fields: JsonObject, events: ChatEvent[]): void {
    const { index, content, finishReason, logprobsResult } = fields;
    const choice = typeof index === "number" ? index : 0;
    const candidate = this.#candidate(choice);
    this.#usage.noteGrounding(fields["groundingMetadata"]);
    const parts = isObject(content) && Array.isArray(content["parts"]) ? content["parts"] : [];
    let logprobs = decodeLogprobs(logprobsResult);
    for (const part of parts) {
      if (!isObject(part)) continue;
      for (const event of decodePart(part, choice, candidate)) {
        if (event.type === "text-delta" && logprobs) {
          event.logprobs = logprobs;
          logprobs = undefined;
        }
        events.push(event);
      }
    }
    const finish = readFinishWord(finishReason);
    if (finish?.type === "failure")
      throw new SahabError("stream_interrupted", `The vendor broke off the answer (${finish.word})`);
    if (finish) candidate.finish = finish;
  }

  #candidate(choice: number): Candidate {
    let candidate = this.#candidates.get(choice);
    if (candidate) return candidate;
    if (!Number.isInteger(choice) || choice < 0 || choice >= limits.choicesMax)
      throw invalid(`answer has a candidate of index ${choice}`);
    this.#candidates.set(choice, (candidate = { calls: 0, open: undefined, finish: undefined }));
    return candidate;
  }

  #finish(choice: number, { calls }: Candidate, { reason, unknownWord }: NonNullable<Candidate["finish"]>): ChatEvent {
    if (unknownWord !== undefined) {
      this.#options.onUnknownFinish?.(unknownWord);
      return { type: "finish", choice, reason, unknownWord };
    }
    // Google says a plain end after calls of functions; other clients run the tools only on the proper reason.
    return { type: "finish", choice, reason: reason === "stop" && calls > 0 ? "tool-calls" : reason };
  }

  #fail(error: SahabError): ChatEvent[] {
    this.#failure = error;
    return [{ type: "error", error }];
  }
}

/** Parts of kinds that only Google has (code that it ran, images that it made) say nothing elsewhere; their proof does. */
function decodePart(part: JsonObject, choice: number, candidate: Candidate): ChatEvent[] {
  const { text, thought, thoughtSignature, functionCall } = part;
  const value = typeof thoughtSignature === "string" ? thoughtSignature : "";
  const isSigned = value !== "" && !dummySignatures.has(value);
  const isThought = thought === true;
  const events: ChatEvent[] = [];
  if (isThought && typeof text === "string" && text !== "") events.push({ type: "reasoning-delta", choice, text });
  if (isSigned) {
    // A proof of what the vendor does not show stands before the part that came with it.
    const signature = { value, origin: dialectName, ...(!isThought && { isRedacted: true as const }) };
    events.push({ type: "reasoning-signature", choice, signature });
  }
  if (!isThought && typeof text === "string" && text !== "") events.push({ type: "text-delta", choice, text });
  if (isObject(functionCall)) events.push(...decodeCall(functionCall, choice, candidate));
  return events;
}

/** A call is one part, or several, of which the first has the name. */
function decodeCall(fields: JsonObject, choice: number, candidate: Candidate): ChatEvent[] {
  const { id, name, args, partialArgs, willContinue } = fields;
  const pieces: unknown[] = Array.isArray(partialArgs) ? partialArgs : [];
  const events: ChatEvent[] = [];
  if (typeof name === "string" && name !== "") {
    events.push(...closeCall(choice, candidate));
    if (candidate.calls >= callsMax) throw invalid(`answer has more than ${callsMax} calls`);
    const index = candidate.calls++;
    events.push({ type: "tool-call-start", choice, index, id: readName(id) || newId("call"), name });
    candidate.open = { index, arguments: new PartialArguments() };
  }
  if (!candidate.open) return events;
  candidate.open.arguments.merge(args);
  for (const piece of pieces) candidate.open.arguments.add(piece);
  if (willContinue !== true) events.push(...closeCall(choice, candidate));
  return events;
}

function closeCall(choice: number, candidate: Candidate): ChatEvent[] {
  const { open } = candidate;
  if (!open) return [];
  candidate.open = undefined;
  return [{ type: "tool-call-delta", choice, index: open.index, arguments: open.arguments.json }];
}

function invalid(problem: string): SahabError {
  return new SahabError("upstream_invalid_response", `The vendor's ${problem}`);
}
