import { imagesOf, textOf, type Message } from "./message.ts";

/** What a conversation is asked with; undefined leaves it to the model. */
export interface Parameters {
  temperature?: number | undefined;
  top_p?: number | undefined;
  max_tokens?: number | undefined;
  reasoning_effort?: string | undefined;
  json?: boolean | undefined;
}

/** One call, before it is written in a dialect. */
export interface ChatCall {
  model: string;
  system: string;
  parameters: Parameters;
  /** First to last; the last is the question. */
  history: readonly Pick<Message, "role" | "content">[];
}

/** The body of a request in OpenAI's chat format, streamed, with its usage at the end. */
export function chatBody(call: ChatCall): object {
  return { ...openaiChatBody(call), stream: true, stream_options: { include_usage: true } };
}

/** The same without the stream. */
export function openaiChatBody({ model, system, parameters, history }: ChatCall): object {
  const { temperature, top_p, max_tokens, reasoning_effort, json } = parameters;
  return {
    model,
    messages: [
      ...(system.trim() === "" ? [] : [{ role: "system", content: system }]),
      ...history.map((message) => ({ role: message.role, content: contentOf(message) })),
    ],
    ...defined({ temperature, top_p, max_tokens, reasoning_effort: reasoning_effort || undefined }),
    ...(json === true && { response_format: { type: "json_object" } }),
  };
}

/** Without the fields that are undefined. */
export function defined<T extends object>(fields: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof T]?: Exclude<T[Name], undefined>;
  };
}

function contentOf(message: Pick<Message, "content">): string | object[] {
  const images = imagesOf(message);
  if (images.length === 0) return textOf(message);
  const text = textOf(message);
  return [
    ...images.map((url) => ({ type: "image_url", image_url: { url } })),
    ...(text === "" ? [] : [{ type: "text", text }]),
  ];
}
