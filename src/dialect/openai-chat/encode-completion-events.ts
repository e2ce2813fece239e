import { must } from "../../base/assert.ts";
import type { ChatEvent } from "../../call/index.ts";
import type { JsonObject } from "../read.ts";
import {
  type EncodeOptions,
  encodeDone,
  encodeErrorEvent,
  encodeHead,
  encodeResponseHead,
  encodeUsageChunk,
  joinEncoded,
  type StreamEncodeOptions,
  type StreamEncoder,
} from "./encode-events.ts";
import { encodeFinishReason } from "./finish-reason.ts";
import { foldChoices } from "./fold-choices.ts";
import { encodeLegacyLogprobs } from "./logprobs.ts";
import { encodeUsage } from "./usage.ts";

/**
 * Encodes a plain completion as OpenAI's legacy stream. The shape has no place for reasoning, refusals and tool calls:
 * such events are left out.
 */
export function createCompletionStreamEncoder(options: StreamEncodeOptions): StreamEncoder {
  let head: string | undefined;
  const usageTail = options.includeUsage ? ',"usage":null' : "";
  const textEnd = `,"logprobs":null,"finish_reason":null}]${usageTail}}\n\n`;
  /** How much text each choice has so far: its logprobs count offsets. */
  const offsets = new Map<number, number>();

  const begin = (choice: number) => `${must(head, "a start event comes first")}"choices":[{"index":${choice},"text":`;

  function encodeText(event: Extract<ChatEvent, { type: "text-delta" }>): string {
    const text = `${begin(event.choice)}${JSON.stringify(event.text)}`;
    const offset = offsets.get(event.choice) ?? 0;
    offsets.set(event.choice, offset + event.text.length);
    if (event.logprobs === undefined) return text + textEnd;
    const logprobs = JSON.stringify(encodeLegacyLogprobs(event.logprobs, offset));
    return `${text},"logprobs":${logprobs},"finish_reason":null}]${usageTail}}\n\n`;
  }

  function encodeOne(event: ChatEvent): string {
    if (event.type === "text-delta") return encodeText(event);
    if (event.type === "finish") {
      return `${begin(event.choice)}"","logprobs":null,"finish_reason":"${encodeFinishReason(event.reason)}"}]${usageTail}}\n\n`;
    }
    if (event.type === "usage") return options.includeUsage ? encodeUsageChunk(head, event.usage, options) : "";
    if (event.type === "error") return encodeErrorEvent(event, options);
    if (event.type === "start") head = encodeHead("text_completion", event, options);
    return "";
  }

  return { encode: (events) => joinEncoded(events, encodeOne), done: encodeDone };
}

/** The whole answer as `text_completion`. An error among the events is thrown. */
export function encodeCompletionResponse(events: Iterable<ChatEvent>, options: EncodeOptions = {}): JsonObject {
  const answer = foldChoices(events);
  return {
    ...encodeResponseHead("text_completion", answer.start, options),
    choices: answer.choices.map((choice, index) => ({
      index,
      text: choice.text ?? "",
      logprobs: choice.logprobs && encodeLegacyLogprobs(choice.logprobs, 0),
      finish_reason: choice.finish && encodeFinishReason(choice.finish),
    })),
    ...(answer.usage && { usage: encodeUsage(answer.usage, options.usageExtra) }),
  };
}
