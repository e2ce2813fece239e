import { must, unreachable } from "../../base/assert.ts";
import type { AnswerEvent, ChatEvent, TokenLogprob, ToolCallPart, Usage } from "../../call/index.ts";
import { decodeCustomInput } from "../custom-tools.ts";
import { foldAnswer, textOf, toolCallsOf } from "../fold-answer.ts";
import type { JsonObject } from "../read.ts";
import { CustomCalls } from "./custom-calls.ts";
import { encodeFinishReason } from "./finish-reason.ts";
import { encodeLogprobs } from "./logprobs.ts";
import { encodeUsage } from "./usage.ts";
import type { ToolNames } from "../tool-aliases.ts";

export interface EncodeOptions {
  /** Fields to add to the usage object: the cost. */
  usageExtra?: (usage: Usage) => JsonObject;
}

export interface ChatEncodeOptions extends EncodeOptions {
  /** Tools that take a free text: their calls have it in place of arguments. */
  customTools?: ToolNames | undefined;
  /** Write calls of tools as the legacy `function_call`. It has room for one: later ones are left out. */
  usesFunctions?: boolean;
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
export function createChatStreamEncoder(options: StreamEncodeOptions & ChatEncodeOptions): StreamEncoder {
  let head: string | undefined;
  let usage: Usage | undefined;
  const choices = new Map<number, string>();
  const customCalls = options.customTools && new CustomCalls(options.customTools);
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
    const delta = customCalls ? encodeWithCustom(customCalls, event, prefix) : encodePlain(event, prefix);
    if (!isFirst) return delta;
    const content = event.type === "tool-call-start" ? "null" : '""';
    return `${prefix}"role":"assistant","content":${content},"refusal":null${deltaEnd}${delta}`;
  }

  function encodePlain(event: DeltaEvent, prefix: string): string {
    return options.usesFunctions && isOfCalls(event)
      ? encodeFunctionDelta(event, prefix, deltaEnd, usageTail)
      : encodeDelta(event, prefix, deltaEnd, usageTail);
  }

  function encodeWithCustom(calls: CustomCalls, event: DeltaEvent, prefix: string): string {
    let text = "";
    for (const call of calls.take(event)) text += `${prefix}"tool_calls":[${JSON.stringify(call)}]${deltaEnd}`;
    return calls.has(event) ? text : text + encodePlain(event, prefix);
  }

  return {
    encode: (events) => joinEncoded(events, encodeOne),
    end: () => (usage && options.includeUsage ? encodeUsageChunk(head, usage, options) : ""),
  };
}

/** The whole answer as `chat.completion`. An error among the events is thrown. */
export function encodeChatResponse(events: Iterable<AnswerEvent>, options: ChatEncodeOptions = {}): JsonObject {
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
          ...(options.usesFunctions
            ? encodeFunctionCall(toolCalls[0])
            : encodeToolCalls(toolCalls, options.customTools)),
        },
        logprobs: choice.logprobs && { content: encodeLogprobs(choice.logprobs), refusal: null },
        finish_reason: choice.finish && encodeFinishReason(choice.finish, choice.unknownWord, options.usesFunctions),
      };
    }),
    ...(answer.usage?.serviceTier !== undefined && { service_tier: answer.usage.serviceTier }),
    ...(answer.usage && { usage: encodeUsage(answer.usage, options.usageExtra) }),
  };
}

function encodeToolCalls(calls: readonly ToolCallPart[], customTools: ToolNames | undefined): JsonObject {
  if (calls.length === 0) return {};
  return {
    tool_calls: calls.map(({ id, name, arguments: json }) => {
      const custom = customTools?.alias(name);
      return custom
        ? { id, type: "custom", custom: { name: custom.name, input: decodeCustomInput(json) } }
        : { id, type: "function", function: { name, arguments: json } };
    }),
  };
}

function encodeFunctionCall(call: ToolCallPart | undefined): JsonObject {
  return call ? { function_call: { name: call.name, arguments: call.arguments } } : {};
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

type CallEvent = Extract<DeltaEvent, { type: "tool-call-start" | "tool-call-delta" | "finish" }>;

/** Events that the legacy form of calls has other words for. */
function isOfCalls(event: DeltaEvent): event is CallEvent {
  return event.type === "tool-call-start" || event.type === "tool-call-delta" || event.type === "finish";
}

function encodeFunctionDelta(event: CallEvent, prefix: string, deltaEnd: string, usageTail: string): string {
  if (event.type === "finish")
    return `${prefix}},"logprobs":null,"finish_reason":"${encodeFinishReason(event.reason, event.unknownWord, true)}"}]${usageTail}}\n\n`;
  if (event.index > 0) return "";
  const call = event.type === "tool-call-start" ? { name: event.name, arguments: "" } : { arguments: event.arguments };
  return `${prefix}"function_call":${JSON.stringify(call)}${deltaEnd}`;
}

function chunkLogprobs(logprobs: TokenLogprob[]): string {
  return JSON.stringify({ content: encodeLogprobs(logprobs), refusal: null });
}

export function encodeUsageChunk(head: string | undefined, usage: Usage, options: EncodeOptions): string {
  const json = JSON.stringify(encodeUsage(usage, options.usageExtra));
  const tier = usage.serviceTier === undefined ? "" : `"service_tier":${JSON.stringify(usage.serviceTier)},`;
  return `${must(head, "a start event comes first")}"choices":[],${tier}"usage":${json}}\n\n`;
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
