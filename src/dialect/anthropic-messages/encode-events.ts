import { unreachable } from "../../base/assert.ts";
import { SahabError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import { newId } from "../../base/ids.ts";
import { noUsage, type AnswerEvent, type ChatEvent, type Usage } from "../../call/index.ts";
import { foldAnswer, type FoldedChoice } from "../fold-answer.ts";
import { heldSizeOf, itemBytes } from "../held-size.ts";
import type { JsonObject } from "../read.ts";
import { encodeSseData } from "../sse.ts";
import { encodeFinish } from "./finish-reason.ts";
import { dialectName } from "./shared-fields.ts";
import { isWholeInput, parseToolInput, salvageToolInput } from "../tool-input.ts";
import { encodeUsage } from "./usage.ts";

export interface EncodeOptions {
  /** Fields to add to the usage object: the cost. */
  usageExtra?: (usage: Usage) => JsonObject;
}

/** Turns events into the text of an event stream. */
export interface StreamEncoder {
  /** About how many bytes wait for the end of a block before theirs. */
  readonly heldBytes: number;
  encode(events: readonly AnswerEvent[]): string;
  /** The stream's proper end, with usage and the reason. Apart from `encode`, so that it can be held back until the call is settled; never sent after an error. */
  end(): string;
}

/**
 * Encodes a chat answer as Anthropic's stream. Its blocks follow each other, while OpenAI's tool calls may take turns: the
 * first block that is not known to be over is sent live, and what belongs to later ones waits. A tool call is over when
 * something else begins and its arguments are a whole object, or the answer is finished; until then more of them may come.
 */
export function createMessageStreamEncoder(options: EncodeOptions = {}): StreamEncoder {
  return new MessageStreamEncoder(options);
}

/** The whole answer as the JSON text of a message. An error among the events is thrown. */
export function encodeMessage(events: readonly AnswerEvent[], options: EncodeOptions = {}): string {
  const { start, choices, usage } = foldAnswer(events);
  const [answer] = choices;
  const message = {
    ...encodeHead(start),
    ...encodeFinish(answer?.finish ?? "stop", answer?.stopSequence, answer?.unknownWord),
    usage: encodeLastUsage(usage, options),
  };
  const blocks = answer ? answer.parts.flatMap((part) => encodePart(part) ?? []) : [];
  // The blocks are texts already, so that the numbers in a tool's input keep their digits.
  return `${JSON.stringify(message).slice(0, -1)},"content":[${blocks.join(",")}]}`;
}

type StartEvent = Extract<ChatEvent, { type: "start" }>;
type FinishEvent = Extract<ChatEvent, { type: "finish" }>;

/** A block of the answer, with what has come of it so far. */
type Block = { heldBytes: number } & (
  | { type: "text" | "thinking"; text: string; signature: string | undefined; isSealed: boolean }
  | { type: "redacted_thinking"; data: string }
  | {
      type: "tool_use";
      id: string;
      name: string;
      index: number;
      arguments: string;
      writtenTo: number;
      checkedFrom: number;
    }
);

class MessageStreamEncoder implements StreamEncoder {
  readonly #options: EncodeOptions;
  /** Blocks whose end is not written; the first is the live one. */
  readonly #blocks: Block[] = [];
  readonly #calls = new Map<number, Block>();
  /** About how many bytes the blocks take that are kept. */
  #heldBytes = 0;
  /** Position of the live block in the message. */
  #index = 0;
  /** The live block's start is written. */
  #isOpen = false;
  #hasStarted = false;
  #usage: Usage | undefined;
  #finish: Pick<FinishEvent, "reason" | "stopSequence" | "unknownWord"> = { reason: "stop" };
  /** What comes before a text of the live block; written once per block, since a delta comes for every token. */
  #deltaHead = "";

  constructor(options: EncodeOptions) {
    this.#options = options;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  encode(events: readonly AnswerEvent[]): string {
    let text = "";
    for (const event of events) {
      if (event.type === "start") text += this.#start(event, events);
      else if (event.type === "usage") this.#usage = event.usage;
      else if ("choice" in event && event.choice === 0) {
        this.#take(event);
        text += this.#advance(event.type === "finish");
      }
    }
    if (this.#heldBytes > limits.parsedAnswerBytesMax)
      throw new SahabError(
        "upstream_invalid_response",
        `The vendor's tool calls take more than ${limits.parsedAnswerBytesMax} bytes`,
      );
    return text;
  }

  end(): string {
    const rest = this.#advance(true);
    const { reason, stopSequence, unknownWord } = this.#finish;
    const delta = encodeFinish(reason, stopSequence, unknownWord);
    const usage = encodeLastUsage(this.#usage, this.#options);
    return `${rest}${encodeEvent({ type: "message_delta", delta, usage })}${encodeEvent({ type: "message_stop" })}`;
  }

  /** Some upstreams count the prompt at once. */
  #start(event: StartEvent, events: readonly AnswerEvent[]): string {
    if (this.#hasStarted) return "";
    this.#hasStarted = true;
    const known = events.find((other) => other.type === "usage")?.usage ?? noUsage;
    const message = {
      ...encodeHead(event),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: encodeUsage(known),
    };
    return encodeEvent({ type: "message_start", message });
  }

  /** Adds an event to the block that it belongs to. */
  #take(event: Exclude<ChatEvent, { type: "start" | "usage" | "error" }>): void {
    switch (event.type) {
      case "text-delta":
      case "refusal-delta":
        if (event.text !== "") this.#takeText("text", event.text);
        break;
      case "reasoning-delta":
        this.#takeText("thinking", event.text);
        break;
      case "reasoning-signature": {
        const { value, origin, isRedacted } = event.signature;
        // Another vendor's proof is worth nothing here, and would be taken for Anthropic's when it came back.
        const isOwn = origin === dialectName;
        if (isRedacted) {
          if (isOwn) this.#begin({ type: "redacted_thinking", data: value, heldBytes: heldSizeOf(event) });
          break;
        }
        if (isOwn) this.#takeText("thinking", "");
        const last = this.#blocks.at(-1);
        if (last?.type !== "thinking") break;
        last.isSealed = true;
        if (!isOwn) break;
        last.signature = value;
        this.#hold(last, heldSizeOf(event));
        break;
      }
      case "tool-call-start": {
        const block: Block = {
          type: "tool_use",
          id: event.id || newId("toolu"),
          name: event.name,
          index: event.index,
          arguments: "",
          writtenTo: 0,
          checkedFrom: 0,
          heldBytes: heldSizeOf(event),
        };
        this.#begin(block);
        this.#calls.set(event.index, block);
        break;
      }
      case "tool-call-delta": {
        const block = this.#calls.get(event.index);
        if (block?.type !== "tool_use") break;
        block.arguments += event.arguments;
        this.#hold(block, event.arguments.length);
        break;
      }
      case "finish":
        this.#finish = event;
        break;
    }
  }

  #takeText(type: "text" | "thinking", text: string): void {
    const last = this.#blocks.at(-1);
    if (last?.type === type && !last.isSealed) {
      last.text += text;
      this.#hold(last, text.length);
    } else this.#begin({ type, text, signature: undefined, isSealed: false, heldBytes: itemBytes + text.length });
  }

  #begin(block: Block): void {
    this.#blocks.push(block);
    this.#heldBytes += block.heldBytes;
  }

  #hold(block: Block, bytes: number): void {
    block.heldBytes += bytes;
    this.#heldBytes += bytes;
  }

  /** Writes what there is of the live block; where that is over, or all is, goes on to the next. */
  #advance(isEnd: boolean): string {
    let written = "";
    for (let block = this.#blocks[0]; block; block = this.#blocks[0]) {
      const index = this.#index;
      if (!this.#isOpen) {
        this.#isOpen = true;
        this.#deltaHead = deltaHead(index, block);
        written += encodeEvent({ type: "content_block_start", index, content_block: encodeStart(block) });
      }
      written += this.#writeDelta(block);
      const isOver = isEnd || (this.#blocks.length > 1 && isComplete(block));
      if (!isOver) break;
      if (block.type === "thinking" && block.signature !== undefined) {
        const delta = { type: "signature_delta", signature: block.signature };
        written += encodeEvent({ type: "content_block_delta", index, delta });
      }
      written += encodeEvent({ type: "content_block_stop", index });
      this.#isOpen = false;
      this.#forget(block);
    }
    return written;
  }

  #forget(block: Block): void {
    this.#blocks.shift();
    this.#index++;
    this.#heldBytes -= block.heldBytes;
    if (block.type === "tool_use" && this.#calls.get(block.index) === block) this.#calls.delete(block.index);
  }

  #writeDelta(block: Block): string {
    if (block.type === "redacted_thinking") return "";
    let news: string;
    if (block.type === "tool_use") {
      news = block.arguments.slice(block.writtenTo);
      block.writtenTo = block.arguments.length;
    } else {
      news = block.text;
      block.text = "";
      this.#hold(block, -news.length);
    }
    return news === "" ? "" : `${this.#deltaHead}${JSON.stringify(news)}}}\n\n`;
  }
}

/** Something else has begun: whether more of this block may come all the same. */
function isComplete(block: Block): boolean {
  return block.type !== "tool_use" || isWholeInput(block);
}

function deltaHead(index: number, { type }: Block): string {
  const [delta, field] =
    type === "tool_use"
      ? ["input_json_delta", "partial_json"]
      : type === "thinking"
        ? ["thinking_delta", "thinking"]
        : ["text_delta", "text"];
  return `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":{"type":"${delta}","${field}":`;
}

function encodeStart(block: Block): JsonObject {
  if (block.type === "tool_use") return { type: "tool_use", id: block.id, name: block.name, input: {} };
  if (block.type === "redacted_thinking") return { type: "redacted_thinking", data: block.data };
  return block.type === "text" ? { type: "text", text: "" } : { type: "thinking", thinking: "", signature: "" };
}

/** A block of a whole message as JSON text; undefined for what a message can't have. */
function encodePart(part: FoldedChoice["parts"][number]): string | undefined {
  switch (part.type) {
    case "text":
    case "refusal":
      return part.text === "" ? undefined : JSON.stringify({ type: "text", text: part.text });
    case "reasoning": {
      const own = part.signature?.origin === dialectName ? part.signature : undefined;
      if (part.signature?.isRedacted) return own && JSON.stringify({ type: "redacted_thinking", data: own.value });
      return JSON.stringify({ type: "thinking", thinking: part.text, signature: own?.value ?? "" });
    }
    case "tool-call": {
      const { id, name, arguments: json } = part;
      const head = JSON.stringify({ type: "tool_use", id: id || newId("toolu"), name });
      return `${head.slice(0, -1)},"input":${encodeInput(json)}}`;
    }
    default:
      return unreachable(part);
  }
}

/** Arguments that are an object as they are; of those that were cut off what is whole; else none. */
function encodeInput(json: string): string {
  if (json.trim() === "") return "{}";
  return parseToolInput(json) ? json : JSON.stringify(salvageToolInput(json));
}

/**
 * The id is a new one where it is not from a vendor of Messages: Claude Code joins answers of one id, and there are servers that
 * count from few numbers, such as Ollama with its 999.
 */
function encodeHead({ id, model }: StartEvent): JsonObject {
  return { id: id.startsWith("msg_") ? id : newId("msg"), type: "message", role: "assistant", model };
}

function encodeLastUsage(usage: Usage | undefined, options: EncodeOptions): JsonObject {
  return usage ? encodeUsage(usage, options.usageExtra?.(usage)) : encodeUsage(noUsage);
}

/** The event's name is its type: Anthropic's SDKs read the name. */
function encodeEvent(payload: { type: string } & JsonObject): string {
  return encodeSseData(JSON.stringify(payload), payload.type);
}
