import { SahabError } from "../../base/errors.ts";
import type { ChatMessage, Part, ToolDefinition } from "../../call/index.ts";

/** A conversation in the form that templates take. */
export interface History {
  turns: readonly Turn[];
  tools: readonly ToolDefinition[];
  /** Most templates want the object, to write it as JSON or as tags of their own; some add the text to theirs. */
  argumentsAs: "object" | "text";
  contentAs: "text" | "parts";
}

/** Changes a history to fit a template; returns the same one where there is nothing to change. */
export type Mending = (history: History) => History;

export interface Turn {
  role: string;
  content: string;
  name?: string;
  toolCallId?: string;
  reasoning?: string;
  calls?: readonly Call[];
}

export interface Call {
  id: string;
  name: string;
  /** JSON, or what a model wrote in its place; never empty. */
  arguments: string;
}

/** The turns of a request's messages. Throws `unsupported_parameter` for a part that is not text. */
export function readTurns(messages: readonly ChatMessage[], model: string): Turn[] {
  return messages.map((message, index) => readTurn(message, index, model));
}

function readTurn(message: ChatMessage, index: number, model: string): Turn {
  const unreadable = message.content.findIndex((part) => part.type === "image" || part.type === "other");
  if (unreadable !== -1) {
    const param = `messages[${index}].content[${unreadable}]`;
    throw new SahabError("unsupported_parameter", `${param} is not text; model ${model} reads text only`, { param });
  }
  const textOf = (...types: Part["type"][]) =>
    message.content
      .flatMap((part) => (types.includes(part.type) && "text" in part && part.text !== "" ? [part.text] : []))
      .join("\n");
  const calls = message.content.flatMap((part) =>
    part.type === "tool-call" ? [{ id: part.id, name: part.name, arguments: fillArguments(part.arguments) }] : [],
  );
  return {
    // Templates do not know the role developer, OpenAI's later name for system.
    role: message.role === "developer" ? "system" : message.role,
    content: textOf("text", "refusal"),
    ...(message.name !== undefined && { name: message.name }),
    ...(message.toolCallId !== undefined && { toolCallId: message.toolCallId }),
    // An empty reasoning is kept: some templates write its tags.
    ...(message.content.some((part) => part.type === "reasoning") && { reasoning: textOf("reasoning") }),
    ...(calls.length > 0 && { calls }),
  };
}

/** A call without arguments is written in several ways. */
function fillArguments(json: string): string {
  const bare = json.trim();
  return bare === "" || bare === "null" ? "{}" : json;
}
