import { unreachable } from "../../base/assert.ts";
import { SahabError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import type { AnswerEvent, ChatEvent, TokenLogprob, Usage } from "../../call/index.ts";
import { foldAnswer, type FoldedChoice } from "../fold-answer.ts";
import { callSizeOf } from "../held-size.ts";
import type { JsonObject } from "../read.ts";
import { parseToolInput, salvageToolInput } from "../tool-input.ts";
import { encodeFinish } from "./finish-reason.ts";
import { encodeLogprobs } from "./logprobs.ts";
import { dialectName, noSignature } from "./shared-fields.ts";
import { encodeUsage } from "./usage.ts";

export interface EncodeOptions {
  /** Fields to add to the usage object: the cost. */
  usageExtra?: (usage: Usage) => JsonObject;
}

/** Turns events into partial answers, each as JSON text. */
export interface StreamEncoder {
  /** About how many bytes the calls take that wait for the end of their arguments. */
  readonly heldBytes: number;
  encode(events: readonly AnswerEvent[]): string[];
  /** The last partial answer, with the reasons for the end and the usage. Apart from `encode`, so that it can be held back until the call is settled. */
  end(): string;
}

/**
 * Encodes a chat answer as Google's stream. A call of a function is one part, so it waits for its arguments: it is over when
 * something else begins and they are a whole object, or when the candidate is finished.
 */
export function createContentStreamEncoder(options: EncodeOptions = {}): StreamEncoder {
  return new ContentStreamEncoder(options);
}

/** The whole answer as JSON text. An error among the events is thrown. */
export function encodeContent(events: readonly AnswerEvent[], options: EncodeOptions = {}): string {
  const { start, choices, usage } = foldAnswer(events);
  const candidates = choices.map((choice, index) => {
    const parts = new PartWriter();
    for (const part of choice.parts) parts.add(part);
    const reason = encodeFinish(choice.finish ?? "stop", choice.unknownWord);
    return encodeCandidate(index, parts.end(), { reason, logprobs: choice.logprobs ?? undefined });
  });
  return encodeAnswer(candidates, start, usage && encodeUsage(usage, options.usageExtra?.(usage)));
}

type StartEvent = Extract<ChatEvent, { type: "start" }>;
type DeltaEvent = Exclude<ChatEvent, { type: "start" | "usage" | "error" }>;

interface OpenCall {
  id: string;
  name: string;
  arguments: string;
  /** So many characters its arguments must have before it is looked whether they are whole. */
  checkedFrom: number;
}

interface OpenCandidate {
  parts: PartWriter;
  /** Calls whose end is not known, in the order in which they began. */
  calls: Map<number, OpenCall>;
  finish: string | undefined;
}

class ContentStreamEncoder implements StreamEncoder {
  readonly #options: EncodeOptions;
  readonly #candidates = new Map<number, OpenCandidate>();
  #start: StartEvent | undefined;
  #usage: Usage | undefined;
  #heldBytes = 0;
  /** What is around a text of a candidate, written once, since a delta comes for every token. */
  readonly #frames = new Map<number, { before: string; after: string }>();

  constructor(options: EncodeOptions) {
    this.#options = options;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  encode(events: readonly AnswerEvent[]): string[] {
    const answers: string[] = [];
    for (const event of events) {
      if (event.type === "start") this.#start ??= event;
      else if (event.type === "usage") this.#usage = event.usage;
      else if ("choice" in event) this.#take(event, answers);
    }
    if (this.#heldBytes > limits.parsedAnswerBytesMax)
      throw new SahabError(
        "upstream_invalid_response",
        `The vendor's tool calls take more than ${limits.parsedAnswerBytesMax} bytes`,
      );
    return answers;
  }

  end(): string {
    const candidates = Array.from(this.#candidates, ([index, candidate]) => {
      this.#closeCalls(candidate, "all");
      const parts = candidate.parts.end();
      return encodeCandidate(index, parts.length > 0 ? parts : ['{"text":""}'], { reason: candidate.finish ?? "STOP" });
    });
    const usage = this.#usage && encodeUsage(this.#usage, this.#options.usageExtra?.(this.#usage));
    return encodeAnswer(candidates, this.#start, usage);
  }

  #take(event: DeltaEvent, answers: string[]): void {
    const candidate = this.#candidate(event.choice);
    const { calls, parts } = candidate;
    if (event.type === "tool-call-delta") {
      const call = calls.get(event.index);
      if (!call) return;
      call.arguments += event.arguments;
      this.#heldBytes += event.arguments.length;
      return;
    }
    if (calls.size > 0) this.#closeCalls(candidate, event.type === "finish" ? "all" : "whole");
    let logprobs: TokenLogprob[] | undefined;
    switch (event.type) {
      case "text-delta":
      case "refusal-delta":
        if (event.type === "text-delta" && event.logprobs) ({ logprobs } = event);
        else if (parts.isEmpty) {
          if (event.text !== "") answers.push(this.#encodeText(event.choice, event.text));
          return;
        }
        parts.add({ type: "text", text: event.text });
        break;
      case "reasoning-delta":
        parts.add({ type: "reasoning", text: event.text });
        break;
      case "reasoning-signature":
        parts.add({ type: "reasoning", text: "", signature: event.signature });
        break;
      case "tool-call-start":
        if (calls.has(event.index)) this.#closeCalls(candidate, "all");
        calls.set(event.index, { id: event.id, name: event.name, arguments: "", checkedFrom: 0 });
        this.#heldBytes += callSizeOf(event);
        break;
      case "finish":
        candidate.finish = encodeFinish(event.reason, event.unknownWord);
        break;
      default:
        unreachable(event);
    }
    const encoded = parts.take();
    if (encoded.length > 0)
      answers.push(encodeAnswer([encodeCandidate(event.choice, encoded, { logprobs })], this.#start));
  }

  #candidate(choice: number): OpenCandidate {
    let candidate = this.#candidates.get(choice);
    if (!candidate)
      this.#candidates.set(choice, (candidate = { parts: new PartWriter(), calls: new Map(), finish: undefined }));
    return candidate;
  }

  /** Writes the calls whose arguments are whole, up to the first that may go on; or all. */
  #closeCalls({ calls, parts }: OpenCandidate, which: "whole" | "all"): void {
    for (const [index, call] of calls) {
      if (which === "whole" && !isComplete(call)) return;
      parts.add({ type: "tool-call", ...call });
      this.#heldBytes -= callSizeOf(call) + call.arguments.length;
      calls.delete(index);
    }
  }

  #encodeText(choice: number, text: string): string {
    let frame = this.#frames.get(choice);
    if (!frame) {
      const [before = "", after = ""] = encodeAnswer([encodeCandidate(choice, ['{"text":}'])], this.#start).split(
        /(?<="text":)/,
      );
      this.#frames.set(choice, (frame = { before, after }));
    }
    return frame.before + JSON.stringify(text) + frame.after;
  }
}

/**
 * Something else has begun: whether more of this call may come all the same. Arguments that were looked at in vain are looked
 * at again when there are half as many more of them, since each look reads all of them.
 */
function isComplete(call: OpenCall): boolean {
  const { length } = call.arguments;
  if (length < call.checkedFrom || !call.arguments.trimEnd().endsWith("}")) return false;
  if (parseToolInput(call.arguments) !== undefined) return true;
  if (length > freelyCheckedChars) call.checkedFrom = length * 1.5;
  return false;
}

const freelyCheckedChars = 1024;

type AnswerPart = FoldedChoice["parts"][number];

/** Writes the parts of one candidate as JSON texts. A proof of Google's goes with the part that follows it. */
class PartWriter {
  #parts: string[] = [];
  #signature: string | undefined;
  /** A call has been written, and those beside it need no proof; or Google has proven some, and so made the answer. */
  #needsNone = false;

  /** Nothing waits to be written. */
  get isEmpty(): boolean {
    return this.#parts.length === 0 && this.#signature === undefined;
  }

  add(part: AnswerPart): void {
    switch (part.type) {
      case "text":
      case "refusal":
        if (part.text !== "") this.#push(`{"text":${JSON.stringify(part.text)}`);
        break;
      case "reasoning":
        this.#addReasoning(part);
        break;
      case "tool-call":
        // What another vendor's model has called can be sent on to Gemini 3, which takes no call without a mark.
        if (!this.#needsNone) this.#signature ??= noSignature;
        this.#needsNone = true;
        this.#push(encodeCall(part));
        break;
      default:
        unreachable(part);
    }
  }

  /** What has been added so far, but for a proof that waits for its part. */
  take(): string[] {
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }

  end(): string[] {
    if (this.#signature !== undefined) this.#push('{"text":""');
    return this.take();
  }

  #addReasoning({ text, signature }: Extract<AnswerPart, { type: "reasoning" }>): void {
    const own = signature?.origin === dialectName ? signature : undefined;
    if (text === "" && !own) return;
    if (own) this.#needsNone = true;
    // A proof that waits belongs to no thought.
    if (this.#signature !== undefined) this.#push('{"text":""');
    if (own?.isRedacted) this.#signature = own.value;
    else if (!signature?.isRedacted) {
      this.#signature = own?.value;
      this.#push(`{"text":${JSON.stringify(text)},"thought":true`);
    }
  }

  #push(open: string): void {
    const signature = this.#signature;
    this.#signature = undefined;
    this.#parts.push(signature === undefined ? `${open}}` : `${open},"thoughtSignature":${JSON.stringify(signature)}}`);
  }
}

/** The arguments are a text already, so that their numbers keep their digits. Of those that were cut off what is whole. */
function encodeCall({ id, name, arguments: json }: Extract<AnswerPart, { type: "tool-call" }>): string {
  const args = json.trim() === "" ? "{}" : parseToolInput(json) ? json : JSON.stringify(salvageToolInput(json));
  return `{"functionCall":{"id":${JSON.stringify(id)},"name":${JSON.stringify(name)},"args":${args}}`;
}

function encodeCandidate(
  index: number,
  parts: readonly string[],
  { reason, logprobs }: { reason?: string; logprobs?: TokenLogprob[] | undefined } = {},
): string {
  const finish = reason === undefined ? "" : `,"finishReason":${JSON.stringify(reason)}`;
  const probabilities = logprobs ? `,"logprobsResult":${JSON.stringify(encodeLogprobs(logprobs))}` : "";
  return `{"content":{"parts":[${parts.join(",")}],"role":"model"}${finish},"index":${index}${probabilities}}`;
}

function encodeAnswer(candidates: readonly string[], start: StartEvent | undefined, usage?: JsonObject): string {
  const { model, id } = start ?? { model: "", id: "" };
  const rest = JSON.stringify({ usageMetadata: usage, modelVersion: model, responseId: id }).slice(1);
  return `{"candidates":[${candidates.join(",")}],${rest}`;
}
