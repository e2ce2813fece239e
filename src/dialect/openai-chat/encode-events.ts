import { must, unreachable } from "../../base/assert.ts";
import type { AnswerEvent, ChatEvent, TokenLogprob, Usage } from "../../call/index.ts";
import { foldAnswer, textOf, toolCallsOf } from "../fold-answer.ts";
import type { JsonObject } from "../read.ts";
import { encodeFinishReason } from "./finish-reason.ts";
import { encodeLogprobs } from "./logprobs.ts";
import { encodeUsage } from "./usage.ts";

export interface EncodeOptions {
  /** Fields to add to the usage object: the cost. */
  usageExtra?: (usage: Usage) => JsonObject;
}

export interface StreamEncodeOptions extends EncodeOptions {
  /** Whether the client asked for the usage chunk. */
  includeUsage: boolean;
}

/** Turns events into the text of an event stream. */
export interface StreamEncoder {
  encode(events: readonly AnswerEvent[]): string;
  /** What comes before `[DONE]`: the usage chunk, where it was asked for. */
  end(): string;
}

/**
 * Encodes a chat answer as OpenAI's stream: per choice a chunk with the role, then deltas, then the finish reason; at the
 * end one usage chunk without choices where asked for.
 * Everything of a chunk but its text is written once per choice, since this runs for every token.
 */
export function createChatStreamEncoder(options: StreamEncodeOptions): StreamEncoder {
  let head: string | undefined;
  let usage: Usage | undefined;
  const choices = new Map<number, string>();
  const usageTail = options.includeUsage ? ',"usage":null' : "";
  const deltaEnd = `},"logprobs":null,"finish_reason":null}]${usageTail}}\n\n`;

  /** What comes before the fields of a delta; opens the choice with its role where this is its first. */
  function open(choice: number): string {
    const known = choices.get(choice);
    if (known !== undefined) return known;
    const prefix = `${must(head, "a start event comes first")}"choices":[{"index":${choice},"delta":{`;
    choices.set(choice, prefix);
    return prefix;
  }

  function encodeOne(event: AnswerEvent): string {
    if (event.type === "start") {
      head ??= encodeHead("chat.completion.chunk", event);
      return "";
    }
    if (event.type === "usage") usage = event.usage;
    if (!isDelta(event)) return "";
    const isFirst = !choices.has(event.choice);
    const prefix = open(event.choice);
    const delta = encodeDelta(event, prefix, deltaEnd, usageTail);
    if (!isFirst) return delta;
    const content = event.type === "tool-call-start" ? "null" : '""';
    return `${prefix}"role":"assistant","content":${content},"refusal":null${deltaEnd}${delta}`;
  }

  return {
    encode: (events) => joinEncoded(events, encodeOne),
    end: () => (usage && options.includeUsage ? encodeUsageChunk(head, usage, options) : ""),
  };
}

/** The whole answer as `chat.completion`. An error among the events is thrown. */
export function encodeChatResponse(events: Iterable<AnswerEvent>, options: EncodeOptions = {}): JsonObject {
  const answer = foldAnswer(events);
  return {
    ...encodeResponseHead("chat.completion", answer.start),
    choices: answer.choices.map((choice, index) => {
      const toolCalls = toolCallsOf(choice);
      const text = textOf(choice, "text");
      const refusal = textOf(choice, "refusal");
      const reasoning = textOf(choice, "reasoning");
      return {
        index,
        message: {
          role: "assistant",
          content: text ?? (toolCalls.length > 0 || refusal !== undefined ? null : ""),
          refusal: refusal ?? null,
          ...(reasoning !== undefined && { reasoning_content: reasoning }),
          ...(toolCalls.length > 0 && {
            tool_calls: toolCalls.map((call) => ({
              id: call.id,
              type: "function",
              function: { name: call.name, arguments: call.arguments },
            })),
          }),
        },
        logprobs: choice.logprobs && { content: encodeLogprobs(choice.logprobs), refusal: null },
        finish_reason: choice.finish && encodeFinishReason(choice.finish, choice.unknownWord),
      };
    }),
    ...(answer.usage && { usage: encodeUsage(answer.usage, options.usageExtra) }),
  };
}

type DeltaEvent = Exclude<ChatEvent, { type: "start" | "usage" | "error" | "reasoning-signature" }>;

/** A signature has no place in this dialect; errors are the relay's to encode. */
function isDelta(event: AnswerEvent): event is DeltaEvent {
  return "choice" in event && event.type !== "reasoning-signature";
}

type StartEvent = Extract<ChatEvent, { type: "start" }>;
function encodeDelta(event: DeltaEvent, prefix: string, deltaEnd: string, usageTail: string): string {
  switch (event.type) {
    case "text-delta":
      if (event.logprobs === undefined) return `${prefix}"content":${JSON.stringify(event.text)}${deltaEnd}`;
      return `${prefix}"content":${JSON.stringify(event.text)}},"logprobs":${chunkLogprobs(event.logprobs)},"finish_reason":null}]${usageTail}}\n\n`;
    case "reasoning-delta":
      return `${prefix}"reasoning_content":${JSON.stringify(event.text)}${deltaEnd}`;
    case "refusal-delta":
      return `${prefix}"refusal":${JSON.stringify(event.text)}${deltaEnd}`;
    case "tool-call-start": {
      const call = {
        index: event.index,
        id: event.id,
        type: "function",
        function: { name: event.name, arguments: "" },
      };
      return `${prefix}"tool_calls":[${JSON.stringify(call)}]${deltaEnd}`;
    }
    case "tool-call-delta":
      return `${prefix}"tool_calls":[{"index":${event.index},"function":{"arguments":${JSON.stringify(event.arguments)}}}]${deltaEnd}`;
    case "finish":
      return `${prefix}},"logprobs":null,"finish_reason":"${encodeFinishReason(event.reason, event.unknownWord)}"}]${usageTail}}\n\n`;
    default:
      return unreachable(event);
  }
}

function chunkLogprobs(logprobs: TokenLogprob[]): string {
  return JSON.stringify({ content: encodeLogprobs(logprobs), refusal: null });
}

export function encodeUsageChunk(head: string | undefined, usage: Usage, options: EncodeOptions): string {
  const json = JSON.stringify(encodeUsage(usage, options.usageExtra));
  return `${must(head, "a start event comes first")}"choices":[],"usage":${json}}\n\n`;
}

/** A chunk up to `choices`, its opening `data: {` included. */
export function encodeHead(object: string, start: StartEvent): string {
  return `data: ${JSON.stringify(encodeResponseHead(object, start)).slice(0, -1)},`;
}

export function encodeResponseHead(object: string, start: StartEvent): JsonObject {
  return {
    id: start.id,
    object,
    created: start.createdS,
    model: start.model,
    ...(start.fingerprint !== undefined && { system_fingerprint: start.fingerprint }),
  };
}

export function joinEncoded(events: readonly AnswerEvent[], encodeOne: (event: AnswerEvent) => string): string {
  let text = "";
  for (const event of events) text += encodeOne(event);
  return text;
}
