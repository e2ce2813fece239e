import { unreachable } from "../../base/assert.ts";
import { SahabError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import { noUsage, type AnswerEvent, type ChatEvent, type TokenLogprob, type Usage } from "../../call/index.ts";
import { encodeLogprobs } from "../openai-chat/logprobs.ts";
import { heldSizeOf, itemBytes } from "../held-size.ts";
import type { JsonObject } from "../read.ts";
import { isWholeInput, type GrowingInput } from "../tool-input.ts";
import {
  encodeItem,
  encodeMessagePart,
  encodeSummary,
  newCall,
  newMessage,
  newReasoning,
  newSummary,
  type ItemStatus,
  type OutputItem,
} from "./encode-items.ts";
import { endOf, ownSignature, ResponseHead, type EncodeOptions } from "./encode-response.ts";

/** Turns events into the text of an event stream. */
export interface StreamEncoder {
  /** About how many bytes wait for the end of the stream, which repeats all of the answer. */
  readonly heldBytes: number;
  encode(events: readonly AnswerEvent[]): string;
  /** The stream's proper end. Apart from `encode`, so that it can be held back until the call is settled; never sent after an error. */
  end(): string;
  /** The whole response that `end` tells, to be asked for before it. */
  kept(): string;
  /** What ends a stream that broke. */
  fail(error: JsonObject): string;
}

/**
 * Encodes a chat answer as a stream of Responses. Each item has its place in the output, so that calls may take turns as they do in
 * OpenAI's chat. An item is done when another begins and no more of it can come: a text at once, a call when its arguments are
 * a whole object; what is left is done with the answer.
 */
export function createResponseStreamEncoder(options: EncodeOptions): StreamEncoder {
  return new ResponseStreamEncoder(options);
}

type Message = Extract<OutputItem, { type: "message" }>;
type Reasoning = Extract<OutputItem, { type: "reasoning" }>;
type Call = Extract<OutputItem, { type: "call" }>;

/** An item that is not done. */
interface Open<Item extends OutputItem = OutputItem> {
  item: Item;
  /** Its place in the output. */
  place: number;
}

interface OpenCall extends Open<Call> {
  input: GrowingInput;
}

class ResponseStreamEncoder implements StreamEncoder {
  readonly #options: EncodeOptions;
  #head: ResponseHead | undefined;
  #number = 0;
  /** JSON of the items that are done, by their place. */
  readonly #output: string[] = [];
  #places = 0;
  /** The text that goes on. */
  #text: Open<Message> | Open<Reasoning> | undefined;
  /** By the index that events give them, in the order in which they began. */
  readonly #calls = new Map<number, OpenCall>();
  /** The text so far, where it is to be a summary. */
  #summary = "";
  /** What stands around a delta; made once per text, since one comes for every token. */
  #deltaHead = "";
  #heldBytes = 0;
  #usage: Usage | undefined;
  #end = endOf("stop");
  /** What is written of the items when there is no more to come, and the response then. */
  #rest = "";
  #whole: string | undefined;

  constructor(options: EncodeOptions) {
    this.#options = options;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  encode(events: readonly AnswerEvent[]): string {
    let text = "";
    for (const event of events) {
      if (event.type === "start") text += this.#start(event);
      else if (event.type === "usage") this.#usage = event.usage;
      else if ("choice" in event && event.choice === 0) {
        this.#heldBytes += heldSizeOf(event);
        text += this.#options.isSummary ? this.#takeOfSummary(event) : this.#take(event);
      }
    }
    if (this.#heldBytes > limits.parsedAnswerBytesMax)
      throw new SahabError(
        "upstream_invalid_response",
        `The vendor's answer takes more than ${limits.parsedAnswerBytesMax} bytes`,
      );
    return text;
  }

  end(): string {
    const response = this.kept();
    return this.#rest + this.#writeState(`response.${this.#end.status}`, response);
  }

  kept(): string {
    if (this.#whole !== undefined) return this.#whole;
    this.#rest = this.#closeAll();
    const state = { ...this.#end, output: this.#output, usage: this.#usage ?? noUsage };
    return (this.#whole = this.#head?.encode(state) ?? "{}");
  }

  fail(error: JsonObject): string {
    const { code, message } = error;
    const told = this.#writeFields("error", encodeErrorEvent(error));
    if (!this.#head) return told;
    const state = { status: "failed" as const, output: this.#output.filter(Boolean), error: { code, message } };
    return told + this.#writeState("response.failed", this.#head.encode(state));
  }

  #start(event: Extract<ChatEvent, { type: "start" }>): string {
    if (this.#head) return "";
    this.#head = new ResponseHead(event, this.#options);
    const response = this.#head.encode({ status: "in_progress", output: [] });
    return this.#writeState("response.created", response) + this.#writeState("response.in_progress", response);
  }

  #take(event: Exclude<ChatEvent, { type: "start" | "usage" | "error" }>): string {
    switch (event.type) {
      case "text-delta":
        return event.text === "" && !event.logprobs ? "" : this.#say("output_text", event.text, event.logprobs);
      case "refusal-delta":
        return event.text === "" ? "" : this.#say("refusal", event.text);
      case "reasoning-delta":
        return this.#reason(event.text);
      case "reasoning-signature":
        return this.#sign(event);
      case "tool-call-start":
        return this.#call(event);
      case "tool-call-delta":
        return this.#addArguments(event);
      case "finish":
        this.#end = endOf(event.reason, event.unknownWord);
        return this.#closeAll();
      default:
        return unreachable(event);
    }
  }

  /** The client waits for one item alone, and would take any other for a failure. */
  #takeOfSummary(event: Exclude<ChatEvent, { type: "start" | "usage" | "error" }>): string {
    if (event.type === "text-delta") this.#summary += event.text;
    if (event.type !== "finish") return "";
    const open = { item: newSummary(this.#summary, event.reason), place: this.#places++ };
    return this.#added(open) + this.#done(open, "completed");
  }

  #say(type: "output_text" | "refusal", text: string, logprobs?: TokenLogprob[]): string {
    let written = "";
    let open = this.#text;
    if (open?.item.type !== "message") {
      written += this.#makeWay();
      open = this.#open(newMessage());
      written += this.#added(open);
    }
    const { item, place } = open as Open<Message>;
    let part = item.parts.at(-1);
    if (part?.type !== type) {
      if (part) written += this.#closePart(item, place);
      part = { type, text: "", logprobs: [] };
      item.parts.push(part);
      this.#heldBytes += itemBytes;
      const at = { item_id: item.id, output_index: place, content_index: item.parts.length - 1 };
      written += this.#writeFields("response.content_part.added", { ...at, part: encodeMessagePart(part) });
      this.#deltaHead = `${JSON.stringify(at).slice(1, -1)},"delta":`;
    }
    part.text += text;
    for (const logprob of logprobs ?? []) part.logprobs.push(logprob);
    const proved =
      type === "refusal" ? "" : `,"logprobs":${logprobs ? JSON.stringify(encodeLogprobs(logprobs)) : "[]"}`;
    return `${written}${this.#write(`response.${type}.delta`, this.#deltaHead + JSON.stringify(text) + proved)}`;
  }

  #reason(text: string): string {
    let written = "";
    let open = this.#text;
    if (open?.item.type !== "reasoning") {
      written += this.#makeWay();
      open = this.#open(newReasoning());
      written += this.#added(open);
    }
    if (text === "") return written;
    const { item, place } = open as Open<Reasoning>;
    if (item.text === "") {
      const at = { item_id: item.id, output_index: place, summary_index: 0 };
      written += this.#writeFields("response.reasoning_summary_part.added", { ...at, part: encodeSummary("") });
      this.#deltaHead = `${JSON.stringify(at).slice(1, -1)},"delta":`;
    }
    item.text += text;
    return written + this.#write("response.reasoning_summary_text.delta", this.#deltaHead + JSON.stringify(text));
  }

  /** A proof ends its item; one that has no text is an item of its own. */
  #sign({ signature }: Extract<ChatEvent, { type: "reasoning-signature" }>): string {
    const own = ownSignature(signature);
    const open = this.#text;
    if (!signature.isRedacted && open?.item.type === "reasoning") {
      open.item.signature = own;
      return this.#makeWay();
    }
    if (!own) return "";
    const before = this.#makeWay();
    const item = this.#open(newReasoning(own));
    return before + this.#added(item) + this.#makeWay();
  }

  #call(event: Extract<ChatEvent, { type: "tool-call-start" }>): string {
    const before = this.#makeWay();
    const item = newCall(event, this.#options.names.alias(event.name));
    const open: OpenCall = { item, place: this.#places++, input: { arguments: "", checkedFrom: 0 } };
    this.#calls.set(event.index, open);
    return before + this.#added(open);
  }

  #addArguments({ index, arguments: text }: Extract<ChatEvent, { type: "tool-call-delta" }>): string {
    const open = this.#calls.get(index);
    if (!open || text === "") return "";
    const { item, place } = open;
    item.arguments = open.input.arguments += text;
    // The free text of a custom tool is within a JSON string, which is read when it is whole.
    if (item.alias?.isCustom) return "";
    return this.#writeFields("response.function_call_arguments.delta", {
      item_id: item.id,
      output_index: place,
      delta: text,
    });
  }

  #open<Item extends Message | Reasoning>(item: Item): Open<Item> {
    const open = { item, place: this.#places++ };
    this.#heldBytes += itemBytes;
    this.#text = open as Open<Message> | Open<Reasoning>;
    return open;
  }

  /** Something else begins: what can't go on is done. */
  #makeWay(): string {
    let written = this.#closeText("completed");
    for (const [index, open] of this.#calls) {
      if (!isWholeInput(open.input)) break;
      this.#calls.delete(index);
      written += this.#closeCall(open, "completed");
    }
    return written;
  }

  /** The answer has ended. What is last of it is as complete as it is. */
  #closeAll(): string {
    const last = this.#places - 1;
    const statusOf = ({ place }: Open) => (place === last ? this.#end.status : "completed");
    let written = "";
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const open of calls) written += this.#closeCall(open, statusOf(open));
    return written + (this.#text ? this.#closeText(statusOf(this.#text)) : "");
  }

  #closeText(status: ItemStatus): string {
    const open = this.#text;
    if (!open) return "";
    this.#text = undefined;
    const { item, place } = open;
    if (item.type === "message") return this.#closePart(item, place) + this.#done(open, status);
    const { id, text } = item;
    if (text === "") return this.#done(open, status);
    const at = { item_id: id, output_index: place, summary_index: 0 };
    return (
      this.#writeFields("response.reasoning_summary_text.done", { ...at, text }) +
      this.#writeFields("response.reasoning_summary_part.done", { ...at, part: encodeSummary(text) }) +
      this.#done(open, status)
    );
  }

  #closePart({ id, parts }: Message, place: number): string {
    const part = parts.at(-1);
    if (!part) return "";
    const at = { item_id: id, output_index: place, content_index: parts.length - 1 };
    const said =
      part.type === "refusal" ? { refusal: part.text } : { text: part.text, logprobs: encodeLogprobs(part.logprobs) };
    return (
      this.#writeFields(`response.${part.type}.done`, { ...at, ...said }) +
      this.#writeFields("response.content_part.done", { ...at, part: encodeMessagePart(part) })
    );
  }

  #closeCall(open: OpenCall, status: ItemStatus): string {
    const { item, place } = open;
    const at = { item_id: item.id, output_index: place };
    const encoded = encodeItem(item, status);
    if (!item.alias?.isCustom) {
      const { name, arguments: json } = encoded;
      return (
        this.#writeFields("response.function_call_arguments.done", { ...at, name, arguments: json }) +
        this.#done(open, status)
      );
    }
    const { input } = encoded;
    return (
      this.#writeFields("response.custom_tool_call_input.delta", { ...at, delta: input }) +
      this.#writeFields("response.custom_tool_call_input.done", { ...at, input }) +
      this.#done(open, status)
    );
  }

  #added({ item, place }: Open): string {
    return this.#writeFields("response.output_item.added", {
      output_index: place,
      item: encodeItem(item, "in_progress"),
    });
  }

  #done({ item, place }: Open, status: ItemStatus): string {
    const json = JSON.stringify(encodeItem(item, status));
    this.#output[place] = json;
    return this.#write("response.output_item.done", `"output_index":${place},"item":${json}`);
  }

  #writeState(type: string, response: string): string {
    return this.#write(type, `"response":${response}`);
  }

  #writeFields(type: string, fields: JsonObject): string {
    return this.#write(type, JSON.stringify(fields).slice(1, -1));
  }

  #write(type: string, fields: string): string {
    return writeEvent(type, this.#number++, fields);
  }
}

/** The documented fields, and the object that OpenAI really sends, for which SDKs look. */
export function encodeErrorEvent(error: JsonObject): JsonObject {
  const { code, message, param } = error;
  return { code, message, param, error };
}

export function writeEvent(type: string, number: number, fields: string): string {
  return `event: ${type}\ndata: {"type":"${type}","sequence_number":${number},${fields}}\n\n`;
}
