import { SahabError } from "../../base/errors.ts";
import type { ChatEvent } from "../../call/index.ts";
import type { StreamDecoder } from "../dialect.ts";
import { usageOf } from "../openai-chat/usage.ts";
import { isObject, readName, type JsonObject } from "../read.ts";
import { decodeErrorObject, describesError, parseJson, saysError } from "../vendor-error.ts";
import {
  argumentsOf,
  choice,
  decodeContent,
  decodeFinish,
  decodeItem,
  decodeStart,
  invalid,
  readEnd,
  said,
  saidText,
  startCall,
  textOf,
  type CallCount,
  type DecodeOptions,
} from "./decode-response.ts";
import { signatureOf, textOfReasoning } from "./reasoning-item.ts";
import { HostedCalls, withHostedCalls } from "./hosted-calls.ts";

/**
 * Decodes a stream from `response.created` to `response.completed`. What an event is says the `type` in its JSON; its name need not
 * be there. Each vendor's habit that it forgives is named beside the code that does so.
 */
export function createResponseStreamDecoder(options: DecodeOptions = {}): StreamDecoder {
  return new ResponseStreamDecoder(options);
}

/** An item of the output, and what has been said of it. */
interface Item {
  type: unknown;
  /** Position among the tool calls. */
  call: number | undefined;
  /** Positions of the parts of which something has been said. */
  parts: Set<unknown>;
  /** The kind of event that tells the reasoning: where a vendor sends it and its summary, the first of them. */
  reasoning: "text" | "summary" | undefined;
  /** Another part of the summary has begun, whose paragraph is to be set apart. */
  isNewParagraph: boolean;
  /** Something has been said of the arguments. */
  hasArguments: boolean;
}

/** The state of one stream: its items, whether it is over, whether it broke. */
class ResponseStreamDecoder implements StreamDecoder {
  readonly #options: DecodeOptions;
  #isDone = false;
  #hasStarted = false;
  #failure: SahabError | undefined;
  #isMended = false;
  readonly #calls: CallCount = { count: 0 };
  /** By their place in the output: their ids differ from event to event with some vendors (GitHub Copilot). */
  readonly #items = new Map<unknown, Item>();
  /** Items, and parts of them. */
  #placeCount = 0;
  readonly #hosted = new HostedCalls();

  constructor(options: DecodeOptions) {
    this.#options = options;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /** Clients look for the type in the JSON. */
  get isMended(): boolean {
    return this.#isMended;
  }

  decode(data: string, event: string): ChatEvent[] | undefined {
    if (this.#failure || this.#isDone) return [];
    const text = data.trim();
    // Servers that come from chat completions keep its end, which tells nothing here.
    if (text === "[DONE]" || (text === "" && event !== "error")) return undefined;
    const payload = parseJson(data);
    if (event === "error" || saysError(payload)) return this.#fail(decodeErrorObject(payload, this.#options.quirks));
    if (payload === undefined) return this.#fail(invalid("stream has an event that is not valid JSON"));
    if (!isObject(payload)) return this.#fail(invalid("stream has JSON that is not an object"));
    const type = typeof payload["type"] === "string" ? payload["type"] : event;
    // What has neither a name nor a type is no event of this dialect.
    if (type === "message")
      return this.#fail(
        describesError(payload)
          ? decodeErrorObject(payload, this.#options.quirks)
          : invalid("stream has an event without a type"),
      );
    if (type !== payload["type"]) this.#isMended = true;
    return this.#decodePayload(payload, type);
  }

  end(): ChatEvent[] {
    // Said again, so that a stream that broke never looks whole.
    if (this.#failure) return [{ type: "error", error: this.#failure }];
    if (this.#isDone) return [];
    return this.#fail(new SahabError("stream_interrupted", "The vendor's stream ended in the middle of the answer"));
  }

  #decodePayload(payload: JsonObject, type: string): ChatEvent[] {
    switch (type) {
      case "response.created":
      case "response.in_progress":
      case "response.queued":
        return this.#start(payload["response"]);
      case "response.completed":
      case "response.incomplete":
      case "response.failed":
      case "response.cancelled":
        return this.#finish(payload["response"], type.slice("response.".length));
      default:
        if (type.startsWith("response.")) {
          const item = this.#itemOf(payload, type);
          if (item instanceof SahabError) return this.#fail(item);
          return item ? this.#withStart(this.#decodeOfItem(payload, type, item)) : [];
        }
        return [];
    }
  }

  #decodeOfItem(payload: JsonObject, type: string, item: Item): ChatEvent[] {
    switch (type) {
      case "response.output_item.added":
        return this.#open(payload["item"], item);
      case "response.output_item.done":
        this.#hosted.add(payload["item"]);
        return this.#close(payload["item"], item);
      case "response.output_text.delta":
        this.#notePart(item, payload["content_index"]);
        return saidText(payload["delta"], payload["logprobs"]);
      case "response.output_text.done":
        return this.#sayOnce(item, payload, () => saidText(payload["text"], payload["logprobs"]));
      case "response.refusal.delta":
        this.#notePart(item, payload["content_index"]);
        return said("refusal-delta", payload["delta"]);
      case "response.refusal.done":
        return this.#sayOnce(item, payload, () => said("refusal-delta", payload["refusal"]));
      case "response.reasoning_text.delta":
        return this.#reason(item, "text", payload["delta"]);
      case "response.reasoning_summary_text.delta":
        return this.#reason(item, "summary", payload["delta"]);
      case "response.reasoning_summary_part.added":
        item.isNewParagraph = item.reasoning === "summary";
        return [];
      case "response.function_call_arguments.delta":
        return this.#addArguments(item, textOf(payload["delta"]));
      case "response.function_call_arguments.done":
        return item.hasArguments ? [] : this.#addArguments(item, textOf(payload["arguments"]));
      default:
        return [];
    }
  }

  #start(value: unknown): ChatEvent[] {
    if (this.#hasStarted) return [];
    this.#hasStarted = true;
    return [decodeStart(isObject(value) ? value : {})];
  }

  #withStart(events: ChatEvent[]): ChatEvent[] {
    return events.length === 0 || this.#hasStarted ? events : [...this.#start({}), ...events];
  }

  /** Undefined for an event of no item, such as those of hosted tools that have none. */
  #itemOf(payload: JsonObject, type: string): Item | SahabError | undefined {
    const place = placeOf(payload["output_index"] ?? payload["item_id"]);
    const isNew = type === "response.output_item.added";
    const known = this.#items.get(place);
    if (known && !isNew) return known;
    if (place === undefined && !isNew && !type.startsWith("response.output_")) return undefined;
    if (++this.#placeCount > placesMax) return invalid(`answer has more than ${placesMax} items and parts`);
    const item: Item = {
      type: undefined,
      call: undefined,
      parts: new Set(),
      reasoning: undefined,
      isNewParagraph: false,
      hasArguments: false,
    };
    this.#items.set(place, item);
    return item;
  }

  #open(value: unknown, item: Item): ChatEvent[] {
    if (!isObject(value)) return [];
    item.type = value["type"];
    if (item.type !== "function_call" && item.type !== "custom_tool_call") return [];
    const start = startCall(value, this.#calls, this.#options);
    if (!start) return [];
    item.call = start.index;
    // Its arguments may be here already (xAI sends a call in one piece).
    const given = textOf(value["arguments"]);
    return [start, ...(given === "" ? [] : this.#addArguments(item, given))];
  }

  /**
   * What has been said of an item so far counts; of the rest, what its end holds. LM Studio sends arguments only there, and the
   * free text of a custom tool is taken from there, since it is no JSON.
   */
  #close(value: unknown, item: Item): ChatEvent[] {
    if (!isObject(value)) return [];
    switch (value["type"]) {
      case "message": {
        const content = Array.isArray(value["content"]) ? value["content"] : [];
        return item.parts.size > 0 ? [] : content.filter(isObject).flatMap(decodeContent);
      }
      case "reasoning": {
        const text = textOfReasoning(value);
        const signature = signatureOf(value, item.reasoning === undefined ? text : "shown");
        return [
          ...(item.reasoning === undefined ? said("reasoning-delta", text) : []),
          ...(signature ? [{ type: "reasoning-signature" as const, choice, signature }] : []),
        ];
      }
      case "function_call":
      case "custom_tool_call": {
        const opened = item.type === undefined ? this.#open({ ...value, arguments: "" }, item) : [];
        return item.hasArguments ? [] : [...opened, ...this.#addArguments(item, argumentsOf(value))];
      }
      default:
        return [];
    }
  }

  #sayOnce(item: Item, payload: JsonObject, say: () => ChatEvent[]): ChatEvent[] {
    const place = placeOf(payload["content_index"]);
    if (item.parts.has(place)) return [];
    this.#notePart(item, place);
    return say();
  }

  #notePart({ parts }: Item, value: unknown): void {
    const place = placeOf(value);
    if (parts.has(place) || this.#placeCount >= placesMax) return;
    this.#placeCount++;
    parts.add(place);
  }

  #reason(item: Item, kind: "text" | "summary", delta: unknown): ChatEvent[] {
    item.reasoning ??= kind;
    const text = textOf(delta);
    if (item.reasoning !== kind || text === "") return [];
    const events = said("reasoning-delta", item.isNewParagraph ? `\n\n${text}` : text);
    item.isNewParagraph = false;
    return events;
  }

  #addArguments(item: Item, text: string): ChatEvent[] {
    if (item.call === undefined || text === "") return [];
    item.hasArguments = true;
    return [{ type: "tool-call-delta", choice, index: item.call, arguments: text }];
  }

  #finish(value: unknown, status: string): ChatEvent[] {
    const response = isObject(value) ? value : {};
    const hasOutput = Array.isArray(response["output"]) && response["output"].length > 0;
    const counts = usageOf(response);
    const usage = hasOutput ? withHostedCalls(counts, response) : this.#hosted.addTo(counts, response);
    const counted: ChatEvent[] = usage ? [{ type: "usage", usage }] : [];
    const end = readEnd(response, status);
    if (end instanceof SahabError) return [...counted, ...this.#fail(end)];
    this.#isDone = true;
    // Some servers say all at the end.
    const output = Array.isArray(response["output"]) && this.#items.size === 0 ? response["output"] : [];
    const items = output.filter(isObject).flatMap((item) => decodeItem(item, this.#calls, this.#options));
    const finish = decodeFinish(end, this.#calls.count, this.#options);
    return [...this.#start(response), ...items, finish, ...counted];
  }

  #fail(error: SahabError): ChatEvent[] {
    this.#failure = error;
    return [{ type: "error", error }];
  }
}

/** Where an event belongs. It is remembered, so that nothing larger than a name counts as one. */
function placeOf(value: unknown): number | string | undefined {
  if (typeof value === "number") return value;
  return readName(value) || undefined;
}

/** Far more than any answer has; each is remembered. */
const placesMax = 16 * 1024;
