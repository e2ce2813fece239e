import type { AnswerEvent } from "../../call/index.ts";
import { decodeCustomInput } from "../custom-tools.ts";
import type { JsonObject } from "../read.ts";
import type { ToolNames } from "../tool-aliases.ts";

/**
 * Calls of custom tools in a stream. Their free text is within a JSON string, which is read when it is whole: it goes out before the choice
 * ends.
 */
export class CustomCalls {
  readonly #tools: ToolNames;
  /** What there is of the arguments, by choice and index. */
  readonly #open = new Map<string, { choice: number; index: number; arguments: string }>();

  constructor(tools: ToolNames) {
    this.#tools = tools;
  }

  /** Whether an event is all of such a call, so that it is told by `take` alone. */
  has(event: AnswerEvent): boolean {
    const isOfCall = event.type === "tool-call-start" || event.type === "tool-call-delta";
    return isOfCall && this.#open.has(`${event.choice} ${event.index}`);
  }

  /** The elements of `tool_calls` that are told at this event, each in a chunk of its own. */
  take(event: AnswerEvent): JsonObject[] {
    const custom = event.type === "tool-call-start" ? this.#tools.alias(event.name) : undefined;
    if (event.type === "tool-call-start" && custom) {
      const { choice, index, id } = event;
      this.#open.set(`${choice} ${index}`, { choice, index, arguments: "" });
      return [{ index, id, type: "custom", custom: { name: custom.name, input: "" } }];
    }
    if (event.type === "tool-call-delta") {
      const call = this.#open.get(`${event.choice} ${event.index}`);
      if (call) call.arguments += event.arguments;
      return none;
    }
    return event.type === "finish" ? this.#close(event.choice) : none;
  }

  #close(choice: number): JsonObject[] {
    const calls = [...this.#open.values()].filter((call) => call.choice === choice);
    for (const { index } of calls) this.#open.delete(`${choice} ${index}`);
    return calls.map(({ index, arguments: json }) => ({ index, custom: { input: decodeCustomInput(json) } }));
  }
}

const none: JsonObject[] = [];
