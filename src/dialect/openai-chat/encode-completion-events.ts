import { must } from "../../base/assert.ts";
import type { AnswerEvent, ChatEvent, Usage } from "../../call/index.ts";
import { foldAnswer, textOf } from "../fold-answer.ts";
import type { JsonObject } from "../read.ts";
import {
  type EncodeOptions,
  encodeHead,
  encodeResponseHead,
  encodeUsageChunk,
  joinEncoded,
  type StreamEncodeOptions,
  type StreamEncoder,
} from "./encode-events.ts";
import { encodeFinishReason } from "./finish-reason.ts";
import { encodeLegacyLogprobs } from "./logprobs.ts";
import { encodeUsage } from "./usage.ts";

/**
 * Encodes a plain completion as OpenAI's legacy stream. The shape has no place for reasoning, refusals and tool calls:
 * such events are left out.
 */
export function createCompletionStreamEncoder(options: StreamEncodeOptions): StreamEncoder {
  let head: string | undefined;
  let usage: Usage | undefined;
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

  function encodeOne(event: AnswerEvent): string {
    if (event.type === "text-delta") return encodeText(event);
    if (event.type === "finish") {
      return `${begin(event.choice)}"","logprobs":null,"finish_reason":"${encodeFinishReason(event.reason, event.unknownWord)}"}]${usageTail}}\n\n`;
    }
    if (event.type === "usage") usage = event.usage;
    if (event.type === "start") head ??= encodeHead("text_completion", event);
    return "";
  }

  return {
    encode: (events) => joinEncoded(events, encodeOne),
    end: () => (usage && options.includeUsage ? encodeUsageChunk(head, usage, options) : ""),
  };
}

/** The whole answer as `text_completion`. An error among the events is thrown. */
export function encodeCompletionResponse(events: Iterable<AnswerEvent>, options: EncodeOptions = {}): JsonObject {
  const answer = foldAnswer(events);
  return {
    ...encodeResponseHead("text_completion", answer.start),
    choices: answer.choices.map((choice, index) => ({
      index,
      text: textOf(choice, "text") ?? "",
      logprobs: choice.logprobs && encodeLegacyLogprobs(choice.logprobs, 0),
      finish_reason: choice.finish && encodeFinishReason(choice.finish, choice.unknownWord),
    })),
    ...(answer.usage && { usage: encodeUsage(answer.usage, options.usageExtra) }),
  };
}
