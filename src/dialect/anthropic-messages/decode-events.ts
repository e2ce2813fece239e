import { SahabError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import { newId } from "../../base/ids.ts";
import type { AnswerEvent, ChatEvent } from "../../call/index.ts";
import type { Quirks, StreamDecoder } from "../dialect.ts";
import { isObject, readName, type JsonObject } from "../read.ts";
import { parseExactJson } from "../exact-json.ts";
import { readFinishWord, type FinishWord } from "../finish-words.ts";
import { throwBareError } from "../throw-bare-error.ts";
import { readTokenCount } from "../token-count.ts";
import { decodeErrorObject, describesError, saysError } from "../vendor-error.ts";
import { dialectName } from "./shared-fields.ts";
import { UsageReader } from "./usage.ts";

/** Decodes a stream from `message_start` to `message_stop`. Each vendor's habit that it forgives is named beside the code that does so. */
export function createMessageStreamDecoder(options: MessageDecoderOptions = {}): StreamDecoder {
  return new MessageStreamDecoder(options);
}

interface MessageDecoderOptions {
  quirks?: Quirks | undefined;
  /** Told a reason for the end that nobody documents. */
  onUnknownFinish?: ((word: string) => void) | undefined;
  /** See AnswerKind. */
  isReadByMarkers?: boolean | undefined;
}

/**
 * Decodes a whole message. Throws the error that was sent in its place, or `upstream_invalid_response`; of a message that was broken off
 * the error is the last event.
 */
export function decodeMessage(json: unknown, options: MessageDecoderOptions = {}): ChatEvent[] {
  if (saysError(json)) throw decodeErrorObject(json, options.quirks);
  if (!isObject(json)) throw invalid("answer is JSON that is not an object");
  const { content, stop_reason: stopReason } = json;
  if (!Array.isArray(content))
    throw describesError(json) ? decodeErrorObject(json, options.quirks) : invalid("answer has no content");
  if (!content.every(isObject)) throw invalid("answer has a block of content that is not an object");
  const finish = readFinishWord(stopReason);
  if (finish === undefined) throw invalid("answer has no stop_reason");
  const calls: CallCount = { count: 0 };
  const events = [decodeStart(json)];
  for (const fields of content) {
    const block = openBlock(fields, calls);
    events.push(...block.events, ...block.ending);
  }
  const end = decodeFinish(finish, json["stop_sequence"], calls, options);
  const usage = new UsageReader(options).read(json["usage"]);
  const counted: ChatEvent[] = usage ? [{ type: "usage", usage }] : [];
  return end.type === "error" ? throwBareError([...events, ...counted, end]) : [...events, end, ...counted];
}

/** Decodes the answer of `count_tokens`. */
export function decodeTokenCount(json: unknown): AnswerEvent[] {
  if (saysError(json)) throw decodeErrorObject(json);
  if (!isObject(json)) throw invalid("answer is JSON that is not an object");
  const count = readTokenCount(json["input_tokens"]);
  if (count === undefined)
    throw describesError(json) ? decodeErrorObject(json) : invalid("answer has no believable input_tokens");
  return [{ type: "token-count", inputTokens: count }];
}

/** The state of one stream: its open blocks, the counts so far, whether it broke. */
class MessageStreamDecoder implements StreamDecoder {
  readonly #options: MessageDecoderOptions;
  #isDone = false;
  #hasStarted = false;
  #hasFinished = false;
  #failure: SahabError | undefined;
  #isMended = false;
  readonly #usage: UsageReader;
  readonly #calls: CallCount = { count: 0 };
  /** By their index on the wire; what has none is one block. */
  readonly #blocks = new Map<number | undefined, Block>();
  #blockCount = 0;
  /** Of the inputs that came with the opening of their block, each of which is kept until the block ends. */
  #inputChars = 0;

  constructor(options: MessageDecoderOptions) {
    this.#options = options;
    this.#usage = new UsageReader(options);
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /** Anthropic's SDKs read the events' names, expect a start, and fill the blocks that were opened. */
  get isMended(): boolean {
    return this.#isMended;
  }

  get heldBytes(): number {
    return this.#inputChars;
  }

  decode(data: string, event: string): ChatEvent[] | undefined {
    if (this.#failure || this.#isDone) return [];
    const text = data.trim();
    // Vendors that translate from OpenAI's dialect may keep its end, which no client of this one can read.
    if (text === "[DONE]" || (text === "" && event !== "error")) return undefined;
    let payload: unknown;
    try {
      payload = parseExactJson(data);
    } catch {
      if (event === "error") return this.#fail(decodeErrorObject(undefined));
      return this.#fail(invalid("stream has an event that is not valid JSON"));
    }
    if (event === "error" || saysError(payload)) return this.#fail(decodeErrorObject(payload, this.#options.quirks));
    if (!isObject(payload)) return this.#fail(invalid("stream has JSON that is not an object"));
    const type = typeof payload["type"] === "string" ? payload["type"] : event;
    const part = partOf.get(type);
    if (part !== undefined && !isObject(payload[part]))
      return this.#fail(invalid(`stream has an event ${type} without its ${part}`));
    if (part !== undefined && (type !== event || type !== payload["type"])) this.#isMended = true;
    // What has neither a name nor a type is no event of this dialect.
    if (type === "message")
      return this.#fail(
        describesError(payload)
          ? decodeErrorObject(payload, this.#options.quirks)
          : invalid("stream has an event without a type"),
      );
    return this.#decodePayload(payload, type);
  }

  end(): ChatEvent[] {
    // Said again, so that a stream that broke never looks whole.
    if (this.#failure) return [{ type: "error", error: this.#failure }];
    if (this.#isDone && this.#hasFinished) return [];
    return this.#fail(new SahabError("stream_interrupted", "The vendor's stream ended in the middle of the answer"));
  }

  #decodePayload(payload: JsonObject, type: string): ChatEvent[] {
    switch (type) {
      case "message_start":
        return this.#start(payload["message"]);
      case "content_block_start":
        return this.#openBlock(payload);
      case "content_block_delta":
        return this.#continueBlock(payload);
      case "content_block_stop":
        return this.#closeBlock(payload["index"]);
      case "message_delta":
        return this.#finish(payload);
      case "message_stop":
        this.#isDone = true;
        return [];
      default:
        return [];
    }
  }

  /** Some vendors start twice. */
  #start(value: unknown): ChatEvent[] {
    if (this.#hasStarted) return [];
    this.#hasStarted = true;
    const message = isObject(value) ? value : {};
    if (!Array.isArray(message["content"]) || !isObject(message["usage"])) this.#isMended = true;
    return [decodeStart(message), ...this.#count(message["usage"])];
  }

  #openBlock(payload: JsonObject): ChatEvent[] {
    if (this.#hasFinished || !isObject(payload["content_block"])) return [];
    if (++this.#blockCount > blocksMax) return this.#fail(invalid(`answer has more than ${blocksMax} blocks`));
    const closed = this.#closeBlock(payload["index"]);
    const block = openBlock(payload["content_block"], this.#calls);
    this.#blocks.set(indexOf(payload["index"]), block);
    this.#inputChars += inputCharsOf(block.ending);
    if (this.#inputChars > limits.parsedAnswerBytesMax)
      return this.#fail(invalid(`tool calls have more than ${limits.parsedAnswerBytesMax} characters`));
    return this.#withStart([...closed, ...block.events]);
  }

  #continueBlock(payload: JsonObject): ChatEvent[] {
    const { index, delta } = payload;
    if (this.#hasFinished || !isObject(delta)) return [];
    let block = this.#blocks.get(indexOf(index));
    if (!block) {
      if (++this.#blockCount > blocksMax) return this.#fail(invalid(`answer has more than ${blocksMax} blocks`));
      // A text or a thought whose block was never opened.
      this.#isMended = true;
      block = { events: [], ending: [], call: undefined, isIgnored: false };
      this.#blocks.set(indexOf(index), block);
    }
    return block.isIgnored ? [] : this.#withStart(decodeDelta(delta, block));
  }

  #closeBlock(index: unknown): ChatEvent[] {
    const at = indexOf(index);
    const ending = this.#blocks.get(at)?.ending ?? [];
    this.#blocks.delete(at);
    this.#inputChars -= inputCharsOf(ending);
    return ending;
  }

  #finish(payload: JsonObject): ChatEvent[] {
    const delta = isObject(payload["delta"]) ? payload["delta"] : {};
    const { stop_reason: reason, stop_sequence: sequence } = delta;
    const events: ChatEvent[] = [];
    const finish = this.#hasFinished ? undefined : readFinishWord(reason);
    const counted = this.#count(payload["usage"]);
    if (finish) {
      for (const index of this.#blocks.keys()) events.push(...this.#closeBlock(index));
      this.#hasFinished = true;
      const end = decodeFinish(finish, sequence, this.#calls, this.#options);
      if (end.type === "error") return [...counted, ...this.#fail(end.error)];
      events.push(end);
    }
    return this.#withStart([...events, ...counted]);
  }

  #count(value: unknown): ChatEvent[] {
    const usage = this.#usage.read(value);
    return usage ? [{ type: "usage", usage }] : [];
  }

  #withStart(events: ChatEvent[]): ChatEvent[] {
    return events.length === 0 || this.#hasStarted ? events : [...this.#start({}), ...events];
  }

  #fail(error: SahabError): ChatEvent[] {
    this.#failure = error;
    return [{ type: "error", error }];
  }
}

/** Far more than any answer has; each that is open is remembered. */
const blocksMax = 16 * 1024;

function inputCharsOf(ending: readonly ChatEvent[]): number {
  const [event] = ending;
  return event?.type === "tool-call-delta" ? event.arguments.length : 0;
}

function indexOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

interface CallCount {
  count: number;
}

interface Block {
  /** What its opening says. */
  events: ChatEvent[];
  /** What its end says, unless deltas said it. */
  ending: ChatEvent[];
  /** Position among the tool calls. */
  call: number | undefined;
  /** A kind of block that only Anthropic knows: its own tools and their results. */
  isIgnored: boolean;
}

const choice = 0;

function openBlock(fields: JsonObject, calls: CallCount): Block {
  const block: Block = { events: [], ending: [], call: undefined, isIgnored: false };
  switch (fields["type"]) {
    case "text":
      block.events.push(...saidText("text-delta", fields["text"]));
      break;
    case "thinking":
      // Thoughts may be withheld: then their proof is all there is.
      block.events.push({ type: "reasoning-delta", choice, text: text(fields["thinking"]) });
      if (text(fields["signature"]) !== "") block.ending.push(signed(text(fields["signature"])));
      break;
    case "redacted_thinking":
      block.events.push({
        type: "reasoning-signature",
        choice,
        signature: { value: text(fields["data"]), origin: dialectName, isRedacted: true },
      });
      break;
    case "tool_use": {
      const index = calls.count++;
      block.call = index;
      const id = text(fields["id"]) || newId("toolu");
      block.events.push({ type: "tool-call-start", choice, index, id, name: text(fields["name"]) });
      // The whole input, or `{}` where deltas follow: it counts where there are none.
      const input = JSON.stringify(isObject(fields["input"]) ? fields["input"] : {});
      block.ending.push({ type: "tool-call-delta", choice, index, arguments: input });
      break;
    }
    default:
      block.isIgnored = true;
  }
  return block;
}

function decodeDelta(delta: JsonObject, block: Block): ChatEvent[] {
  switch (delta["type"]) {
    case "text_delta":
      return saidText("text-delta", delta["text"]);
    case "thinking_delta":
      return saidText("reasoning-delta", delta["thinking"]);
    case "signature_delta": {
      const value = text(delta["signature"]);
      if (value === "") return [];
      block.ending = [];
      return [signed(value)];
    }
    case "input_json_delta": {
      const json = text(delta["partial_json"]);
      if (json === "" || block.call === undefined) return [];
      block.ending = [];
      return [{ type: "tool-call-delta", choice, index: block.call, arguments: json }];
    }
    default:
      return [];
  }
}

function saidText(type: "text-delta" | "reasoning-delta", value: unknown): ChatEvent[] {
  const said = text(value);
  return said === "" ? [] : [{ type, choice, text: said }];
}

function signed(value: string): ChatEvent {
  return { type: "reasoning-signature", choice, signature: { value, origin: dialectName } };
}

function decodeStart(message: JsonObject): ChatEvent {
  const { id, model } = message;
  return {
    type: "start",
    id: readName(id) || newId("msg"),
    model: readName(model),
    createdS: Math.floor(Date.now() / 1000),
  };
}

function decodeFinish(
  finish: FinishWord,
  stopSequence: unknown,
  calls: CallCount,
  options: MessageDecoderOptions,
): ChatEvent {
  if (finish.type === "failure") {
    const error = new SahabError("stream_interrupted", `The vendor broke off the answer (${finish.word})`);
    return { type: "error", error };
  }
  const { reason, unknownWord } = finish;
  if (unknownWord !== undefined) {
    options.onUnknownFinish?.(unknownWord);
    return { type: "finish", choice, reason, unknownWord };
  }
  if (typeof stopSequence === "string") return { type: "finish", choice, reason, stopSequence };
  // Some vendors say a plain end after tool calls; clients run the tools only on the proper reason.
  return { type: "finish", choice, reason: reason === "stop" && calls.count > 0 ? "tool-calls" : reason };
}

/** The object without which an event of a type says nothing, and breaks the clients that expect it. */
const partOf: ReadonlyMap<string, string> = new Map([
  ["message_start", "message"],
  ["content_block_start", "content_block"],
  ["content_block_delta", "delta"],
  ["message_delta", "delta"],
]);

function invalid(problem: string): SahabError {
  return new SahabError("upstream_invalid_response", `The vendor's ${problem}`);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
