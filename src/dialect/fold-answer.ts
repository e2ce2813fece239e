import { must } from "../base/assert.ts";
import type {
  AnswerEvent,
  ChatEvent,
  FinishReason,
  ReasoningPart,
  RefusalPart,
  TextPart,
  TokenLogprob,
  ToolCallPart,
  Usage,
} from "../call/index.ts";

/** One answer put together from its deltas. */
export interface FoldedChoice {
  /** In the order in which they began; a tool call keeps its place, however late its arguments come. */
  parts: (TextPart | ReasoningPart | RefusalPart | ToolCallPart)[];
  logprobs: TokenLogprob[] | null;
  finish: FinishReason | null;
  stopSequence: string | undefined;
  /** The vendor's own reason, where nobody documents it. */
  unknownWord: string | undefined;
}

export interface FoldedAnswer {
  start: Extract<ChatEvent, { type: "start" }>;
  choices: FoldedChoice[];
  /** The latest count. */
  usage: Usage | undefined;
}

/** Puts the events of a chat answer together. An `error` event is thrown as the error that it holds. */
export function foldAnswer(events: Iterable<AnswerEvent>): FoldedAnswer {
  let start: FoldedAnswer["start"] | undefined;
  let usage: Usage | undefined;
  const choices: OpenChoice[] = [];
  for (const event of events) {
    if (event.type === "error") throw event.error;
    else if (event.type === "start") start ??= event;
    else if (event.type === "usage") usage = event.usage;
    else if ("choice" in event) {
      while (choices.length <= event.choice) choices.push(openChoice());
      addDelta(must(choices[event.choice], "choices are counted from 0"), event);
    }
  }
  return { start: must(start, "a start event comes first"), choices, usage };
}

/** The texts of all parts of one kind, joined; undefined where there is no such part. */
export function textOf(choice: FoldedChoice, type: "text" | "reasoning" | "refusal"): string | undefined {
  const texts = choice.parts.flatMap((part) => (part.type === type ? [part.text] : []));
  return texts.length === 0 ? undefined : texts.join("");
}

/** The tool calls, in the order in which they began. */
export function toolCallsOf(choice: FoldedChoice): ToolCallPart[] {
  return choice.parts.filter((part) => part.type === "tool-call");
}

interface OpenChoice extends FoldedChoice {
  calls: Map<number, ToolCallPart>;
}

function openChoice(): OpenChoice {
  const unsaid = { logprobs: null, finish: null, stopSequence: undefined, unknownWord: undefined };
  return { parts: [], ...unsaid, calls: new Map() };
}

type DeltaEvent = Exclude<ChatEvent, { type: "start" | "usage" | "error" }>;

function addDelta(choice: OpenChoice, event: DeltaEvent): void {
  switch (event.type) {
    case "text-delta":
      addText(choice, "text", event.text);
      // One by one: a long answer has more than one call takes arguments.
      if (event.logprobs !== undefined) for (const one of event.logprobs) (choice.logprobs ??= []).push(one);
      break;
    case "reasoning-delta":
      addText(choice, "reasoning", event.text);
      break;
    case "refusal-delta":
      addText(choice, "refusal", event.text);
      break;
    case "reasoning-signature": {
      const last = choice.parts.at(-1);
      // A redacted block has no text before it.
      if (last?.type === "reasoning" && !last.signature && !event.signature.isRedacted)
        last.signature = event.signature;
      else choice.parts.push({ type: "reasoning", text: "", signature: event.signature });
      break;
    }
    case "tool-call-start": {
      const call: ToolCallPart = { type: "tool-call", id: event.id, name: event.name, arguments: "" };
      choice.calls.set(event.index, call);
      choice.parts.push(call);
      break;
    }
    case "tool-call-delta":
      must(choice.calls.get(event.index), "a tool call starts before its arguments").arguments += event.arguments;
      break;
    case "finish":
      choice.finish = event.reason;
      choice.stopSequence = event.stopSequence;
      choice.unknownWord = event.unknownWord;
      break;
  }
}

/** Continues the last part where it is of the kind; a signature ends a run of reasoning. */
function addText(choice: OpenChoice, type: "text" | "reasoning" | "refusal", text: string): void {
  const last = choice.parts.at(-1);
  if (last?.type === type && !(last.type === "reasoning" && last.signature)) last.text += text;
  else choice.parts.push({ type, text });
}
