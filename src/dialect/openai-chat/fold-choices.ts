import { must } from "../../base/assert.ts";
import type { ChatEvent, FinishReason, TokenLogprob, ToolCall, Usage } from "../../call/index.ts";

/** One answer put together from its deltas; `text` and the like are undefined where no delta of that kind came. */
export interface FoldedChoice {
  text: string | undefined;
  reasoning: string | undefined;
  refusal: string | undefined;
  toolCalls: ToolCall[];
  logprobs: TokenLogprob[] | null;
  finish: FinishReason | null;
}

interface FoldedAnswer {
  start: Extract<ChatEvent, { type: "start" }>;
  choices: FoldedChoice[];
  usage: Usage | undefined;
}

/** Puts the events of an answer together. An `error` event is thrown as the error that it holds. */
export function foldChoices(events: Iterable<ChatEvent>): FoldedAnswer {
  let start: FoldedAnswer["start"] | undefined;
  let usage: Usage | undefined;
  const choices: FoldedChoice[] = [];
  for (const event of events) {
    if (event.type === "error") throw event.error;
    else if (event.type === "start") start = event;
    else if (event.type === "usage") usage = event.usage;
    else {
      while (choices.length <= event.choice)
        choices.push({
          text: undefined,
          reasoning: undefined,
          refusal: undefined,
          toolCalls: [],
          logprobs: null,
          finish: null,
        });
      addDelta(must(choices[event.choice], "choices are counted from 0"), event);
    }
  }
  return { start: must(start, "a start event comes first"), choices, usage };
}

function addDelta(choice: FoldedChoice, event: Exclude<ChatEvent, { type: "start" | "usage" | "error" }>): void {
  switch (event.type) {
    case "text-delta":
      choice.text = (choice.text ?? "") + event.text;
      if (event.logprobs !== undefined) (choice.logprobs ??= []).push(...event.logprobs);
      break;
    case "reasoning-delta":
      choice.reasoning = (choice.reasoning ?? "") + event.text;
      break;
    case "refusal-delta":
      choice.refusal = (choice.refusal ?? "") + event.text;
      break;
    case "tool-call-start":
      choice.toolCalls[event.index] = { id: event.id, name: event.name, arguments: "" };
      break;
    case "tool-call-delta":
      must(choice.toolCalls[event.index], "a tool call starts before its arguments").arguments += event.arguments;
      break;
    case "finish":
      choice.finish = event.reason;
      break;
  }
}
