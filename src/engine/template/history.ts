import {
  isMedia,
  notCarried,
  type ChatMessage,
  type ChatRequest,
  type Part,
  type ToolDefinition,
} from "../../call/index.ts";

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

/** The turns of a request's messages. Throws `unsupported_parameter` for media. */
export function readTurns(request: Conversation, model: string): Turn[] {
  return request.messages.map((message, index) => readTurn(message, index, request, model));
}

type Conversation = Pick<ChatRequest, "messages" | "places">;

function readTurn(message: ChatMessage, index: number, request: Conversation, model: string): Turn {
  for (const [at, part] of message.content.entries()) {
    if (part.type !== "image" && !(part.type === "other" && isMedia(part.value))) continue;
    const kind = part.type === "image" ? part.type : String(part.value["type"]).slice(0, 60);
    throw notCarried(
      request,
      `messages[${index}].content[${at}]`,
      `the part is of type ${kind}; model ${model} reads text only`,
    );
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
